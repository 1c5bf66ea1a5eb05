//go:build linux || darwin

package doctor

import (
	"os"
	"path/filepath"
	"syscall"
)

// writableFolder asks without writing.
func writableFolder(folder string) error {
	const writeAndEnter = 2 | 1 // W_OK, X_OK
	return syscall.Access(folder, writeAndEnter)
}

// room is how many bytes the user of this process may still write.
func room(folder string) (uint64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		return 0, err
	}
	return disk.Bavail * uint64(disk.Bsize), nil //nolint:gosec // no system has blocks of negative size
}

// readableByAll reports whether every user may read a file.
func readableByAll(name string) (bool, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return false, err
	}
	var modes []os.FileMode
	for {
		info, err := os.Stat(path)
		if err != nil {
			return false, err
		}
		modes = append(modes, info.Mode())
		above := filepath.Dir(path)
		if above == path {
			return openToAll(modes), nil
		}
		path = above
	}
}
