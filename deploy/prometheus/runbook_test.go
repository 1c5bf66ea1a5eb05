package prometheus_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRunbookCommands runs what the runbook says under "Look", in the order of the page,
// against a running courier; and asks the program whether it knows what stands in the text.
func TestRunbookCommands(t *testing.T) {
	t.Parallel()
	courier, _ := start(t)
	page, err := os.ReadFile("../RUNBOOK.md")
	require.NoError(t, err)
	bin := os.Getenv("COURIER_BIN")
	if bin == "" {
		bin = "../../bin/whatsapp-courier"
	}
	bin, err = filepath.Abs(bin)
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.Symlink(bin, filepath.Join(folder, "whatsapp-courier")))

	script := "set -eu -o pipefail\n"
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		if !strings.HasPrefix(block[1], "# needs ") {
			script += block[1]
		}
	}
	require.Greater(t, strings.Count(script, "\n"), 40)
	require.Empty(t, regexp.MustCompile(`(?m)^whatsapp-courier (numbers|deliveries (cancel|resend)|limits reset|templates (apply|delete))`).FindString(script), "who looks changes nothing")
	run := exec.CommandContext(t.Context(), "bash", "-c", script)
	run.Dir = courier.Dir
	run.Env = []string{
		"PATH=" + folder + ":" + os.Getenv("PATH"), "HOME=" + folder,
		"COURIER_ADMIN_URL=" + courier.PrivateURL, "COURIER_ADMIN_KEY=" + courier.AdminKey,
	}
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NotContains(t, string(out), "Usage:", "a group of commands is asked for one that it does not have")

	inText := regexp.MustCompile("`whatsapp-courier ([^`]+)`").FindAllStringSubmatch(string(page), -1)
	require.NotEmpty(t, inText)
	for _, command := range inText {
		args := append(strings.Fields(strings.ReplaceAll(command[1], "\n", " ")), "--help")
		out, err := exec.CommandContext(t.Context(), bin, args...).CombinedOutput()
		require.NoError(t, err, "%s: %s", command[0], out)
		words := regexp.MustCompile(`^[a-z]+( [a-z]+)*`).FindString(strings.Join(args, " "))
		require.Contains(t, string(out), "Usage:\n  whatsapp-courier "+words+" ", command[0])
	}
}
