// Package systemd_test checks the unit with systemd's own tools.
package systemd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const unit = "whatsapp-courier.service"

// installed is the unit as if its program stood where it says, since systemd-analyze
// looks for it.
func installed(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("systemd-analyze is missing")
		}
		t.Skip("without systemd-analyze the unit is not checked")
	}
	text, err := os.ReadFile(unit)
	require.NoError(t, err)
	program, err := os.Executable()
	require.NoError(t, err)
	require.Contains(t, string(text), "ExecStart=/usr/local/bin/whatsapp-courier serve --config ")
	file := filepath.Join(t.TempDir(), unit)
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/whatsapp-courier", program)), 0o600))
	return file
}

func TestUnitIsValid(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", installed(t)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, strings.TrimSpace(string(out)), "a warning is a fault")
}

// The exposure goes from 0 (safest) to 10.
func TestUnitIsHardened(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", installed(t)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Regexp(t, `Overall exposure level for .*: [01]\.[0-9]`, string(out))
}
