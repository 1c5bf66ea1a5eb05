package app

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/ory/x/configx"
)

// unixPrefix begins a host that is a unix socket, as in other Ory services.
const unixPrefix = "unix:"

// bindUnix listens on a unix socket. The file that a courier has left that was killed is
// replaced; one that is in use is not.
func bindUnix(ctx context.Context, path string, at Listener) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && abandoned(ctx, path) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		listener, err = new(net.ListenConfig).Listen(ctx, "unix", path)
	}
	if err != nil {
		return nil, unopened(path, err)
	}
	mode, err := strconv.ParseUint(at.Socket.Mode, 8, 32)
	if err == nil {
		err = (&configx.UnixPermission{Owner: at.Socket.Owner, Group: at.Socket.Group, Mode: fs.FileMode(mode)}).SetPermission(path)
	}
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// abandoned reports whether a file is a socket that is not in use.
func abandoned(ctx context.Context, path string) bool {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = connection.Close() // it is in use
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
