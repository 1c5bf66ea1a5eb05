package doctor

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRightsThatLetEveryoneRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		modes []os.FileMode
		want  bool
	}{
		"a file of all in folders of all": {[]os.FileMode{0o644, 0o755, 0o755}, true},
		"a file of its owner":             {[]os.FileMode{0o600, 0o755, 0o755}, false},
		"a file of a group":               {[]os.FileMode{0o640, 0o755, 0o755}, false},
		"in a closed folder":              {[]os.FileMode{0o644, 0o700, 0o755}, false},
		"below a closed folder":           {[]os.FileMode{0o644, 0o755, 0o750}, false},
		"in a folder that shows no names": {[]os.FileMode{0o644, 0o711, 0o755}, true},
	} {
		require.Equal(t, c.want, openToAll(c.modes), name)
	}
	file := File{"--config", "courier.yml"}
	require.Equal(t, []string{"warning --config"}, told(file.check(true)))
	require.Empty(t, file.check(false))
}

func TestFilesThatAreNotThereAreNoFinding(t *testing.T) {
	t.Parallel()
	var r Report
	File{"--config", filepath.Join(t.TempDir(), "missing")}.examine(&r)
	require.Empty(t, r.Findings)
}
