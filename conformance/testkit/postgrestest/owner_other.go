//go:build !linux

package postgrestest

import "syscall"

// unprivileged changes nothing: tests do not run as root here.
func unprivileged() *syscall.SysProcAttr { return nil }

func give(string) error { return nil }
