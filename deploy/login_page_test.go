package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// TestLoginPageShowsWhatWorks: settings are those of the courier, and scripts those of the
// demo's page, which a browser tries.
func TestLoginPageShowsWhatWorks(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("LOGIN-PAGE.md")
	require.NoError(t, err)
	script, err := os.ReadFile(filepath.Join("demo", "signin", "web", "page.js"))
	require.NoError(t, err)
	example, err := os.ReadFile("courier.yml")
	require.NoError(t, err)
	base := filepath.Join(t.TempDir(), "courier.yml")
	require.NoError(t, os.WriteFile(base, []byte(strings.ReplaceAll(string(example), "replace-me", "filled-in")), 0o600))

	seen := map[string]int{}
	for _, found := range regexp.MustCompile("(?ms)^( *)```([a-z]*)\n(.*?)^ *```$").FindAllStringSubmatch(string(text), -1) {
		language, block := found[2], strings.TrimSuffix(strings.ReplaceAll("\n"+found[3], "\n"+found[1], "\n")[1:], "\n")
		seen[language]++
		switch language {
		case "yaml":
			more := filepath.Join(t.TempDir(), "more.yml")
			require.NoError(t, os.WriteFile(more, []byte(block), 0o600))
			out, status, err := testkit.RunCourier(t.Context(), "config", "check", "--config", base, "--config", more)
			require.NoError(t, err)
			require.Zero(t, status, "%s\n%s", block, out)
		case "js":
			for line := range strings.Lines(block) {
				require.Contains(t, string(script), strings.TrimSpace(line))
			}
		case "json":
			require.True(t, json.Valid([]byte(block)), block)
		default:
			require.Fail(t, "nothing tries this block", block)
		}
	}
	require.Equal(t, map[string]int{"yaml": 2, "js": 3, "json": 1}, seen)
}
