package conformance

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// failingSpec runs one spec of the shared deployment against a courier that one
// setting makes fail it, and returns what is printed.
func failingSpec(t *testing.T, focus, setting string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	self, err := os.Executable()
	require.NoError(t, err)
	run := exec.CommandContext(ctx, self, "-test.run=^TestConformance$", "-ginkgo.no-color", "-ginkgo.focus="+focus)
	run.Env = append(os.Environ(), setting)
	output, err := run.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "Ran 1 of", "one spec, which failed")
	return string(output)
}

// TestTheSpecsFitTheirRequirements makes the comparisons of TestConformance, and runs no
// spec: a process can list the specs once only.
func TestTheSpecsFitTheirRequirements(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	output, err := exec.CommandContext(t.Context(), self, "-test.run=^TestConformance$", "-ginkgo.no-color", "-ginkgo.dry-run").CombinedOutput()
	require.NoError(t, err, string(output))
}

func TestAFailureShowsTheLogs(t *testing.T) {
	output := failingSpec(t, "as the default for a language without a template", "WHATSAPP_TEMPLATE_DEFAULT_LANGUAGE=de")
	for _, part := range []string{"whatsapp-courier", "mockmeta", "kratos"} {
		require.Regexp(t, `--- last lines of `+part+`\.log`, output)
	}
}

func TestAMissingMessageIsSaidSoonAfterItsDeadline(t *testing.T) {
	output := failingSpec(t, "SMS steps in when the phone does not confirm the delivery", "FALLBACK_MODE=whatsapp_only")
	require.Contains(t, output, "no SMS within 3s after the deadline of 4s; the phone got: WhatsApp 1 (sent)")
	require.NotContains(t, output, "spec timeout")
}
