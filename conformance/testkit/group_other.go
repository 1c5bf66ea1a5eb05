//go:build !linux

package testkit

import "syscall"

// ownGroup keeps Ctrl-C from the child, which we stop ourselves.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
