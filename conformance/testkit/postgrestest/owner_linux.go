package postgrestest

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged lets a process run as somebody else than root, and end with its parent.
func unprivileged() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if id, group, needed := somebody(); needed {
		attr.Credential = &syscall.Credential{Uid: uint32(id), Gid: uint32(group)}
	}
	return attr
}

// give makes a folder that user's own.
func give(folder string) error {
	id, group, needed := somebody()
	if !needed {
		return nil
	}
	if id < 0 {
		return errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
	}
	return os.Chown(folder, id, group)
}

// somebody is the user as whom PostgreSQL runs when we are root.
func somebody() (id, group int, needed bool) {
	if os.Getuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		id, idErr := strconv.Atoi(u.Uid)
		group, groupErr := strconv.Atoi(u.Gid)
		if idErr == nil && groupErr == nil {
			return id, group, true
		}
	}
	return -1, -1, true
}
