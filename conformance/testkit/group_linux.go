package testkit

import "syscall"

// ownGroup keeps Ctrl-C from the child, which we stop ourselves, and lets the
// kernel end the child when this program is killed.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
