//go:build linux || darwin

package doctor

import "syscall"

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
