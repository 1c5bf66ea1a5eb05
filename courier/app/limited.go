package app

import (
	"net"
	"sync"
)

// limited is a listener with a bound of open connections; more wait in the backlog.
// netutil.LimitListener of golang.org/x/net hides CloseWrite of its connections, without
// which net/http resets a connection where it has just refused a body or headers that are
// too long, and the client never sees the answer.
type limited struct {
	net.Listener

	places chan struct{}
	closed chan struct{}
	close  sync.Once
}

func limit(l net.Listener, connections int) net.Listener {
	return &limited{Listener: l, places: make(chan struct{}, connections), closed: make(chan struct{})}
}

// Accept waits for a place, and then for a connection.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	connection, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &limitedConn{Conn: connection, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close ends Accept, also while there is no place.
func (l *limited) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// limitedConn gives its place back when it is closed.
type limitedConn struct {
	net.Conn

	leave func()
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite says that nothing more is sent, so that the client reads what was.
func (c *limitedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
