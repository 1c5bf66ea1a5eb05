package conformance

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAFailureShowsTheLogs runs one spec of the shared deployment against a
// courier whose default language is another one.
func TestAFailureShowsTheLogs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	self, err := os.Executable()
	require.NoError(t, err)
	run := exec.CommandContext(ctx, self, "-test.run=^TestConformance$", "-ginkgo.no-color",
		"-ginkgo.focus=as the default for a language without a template")
	run.Env = append(os.Environ(), "WHATSAPP_TEMPLATE_DEFAULT_LANGUAGE=de")
	output, err := run.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "Ran 1 of", "one spec, which failed")
	for _, part := range []string{"whatsapp-courier", "mockmeta", "kratos"} {
		require.Regexp(t, `--- last lines of \S+/`+part+`\.log`, string(output))
	}
}
