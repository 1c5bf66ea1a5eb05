package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOpenNamesTheFolderThatIsNotWritable(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(folder), 0o755)) // only its owner may enter
	for name, mode := range map[string]os.FileMode{"there.db": 0o666, "shut.db": 0o444} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), nil, 0o600))
		require.NoError(t, os.Chmod(filepath.Join(folder, name), mode))
	}
	require.NoError(t, os.Chmod(folder, 0o555))
	t.Cleanup(func() { require.NoError(t, os.Chmod(folder, 0o755)) }) // so that it can be removed
	words := make(map[string]string)
	asNoOne(t, func() {
		for _, name := range []string{"new.db", "there.db", "shut.db"} {
			_, err := source{path: filepath.Join(folder, name)}.create()
			words[name] = fmt.Sprint(err)
		}
	})
	require.Contains(t, words["new.db"], "dsn: the folder "+folder+" is not writable for the user that runs the courier (")
	require.Contains(t, words["there.db"], "dsn: the folder "+folder+" is not writable for the user that runs the courier (")
	require.Equal(t, "dsn: the file "+filepath.Join(folder, "shut.db")+" is not writable for the user that runs the courier", words["shut.db"])
}

// asNoOne runs do with the rights of a user that owns no file, on a thread of its
// own that ends with it: root may write everywhere.
func asNoOne(t *testing.T, do func()) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		var err error
		if os.Geteuid() == 0 {
			err = syscall.Setfsuid(65534)
		}
		do()
		done <- err
	}()
	require.NoError(t, <-done)
}
