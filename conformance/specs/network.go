package specs

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
)

// network carries TCP connections to the mock until it forgets them, as a NAT does:
// then their bytes vanish, and neither end hears of it.
type network struct {
	address string

	mu      sync.Mutex
	to      string
	carried []*atomic.Bool
}

// newNetwork starts a network that ends with the spec.
func newNetwork() *network {
	GinkgoHelper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	DeferCleanup(listener.Close)
	n := &network{address: listener.Addr().String()}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go n.carry(conn)
		}
	}()
	return n
}

// leadTo says where new connections go.
func (n *network) leadTo(address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.to = address
}

// forget loses all connections that are there.
func (n *network) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, alive := range n.carried {
		alive.Store(false)
	}
}

func (n *network) carry(from net.Conn) {
	n.mu.Lock()
	alive := &atomic.Bool{}
	alive.Store(true)
	n.carried = append(n.carried, alive)
	address := n.to
	n.mu.Unlock()
	to, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		_ = from.Close()
		return
	}
	var ends sync.WaitGroup
	ends.Go(func() { _, _ = io.Copy(vanishing{to, alive}, from) })
	ends.Go(func() { _, _ = io.Copy(vanishing{from, alive}, to) })
	ends.Wait()
}

// vanishing takes all bytes and passes them on while the connection is alive.
type vanishing struct {
	to    net.Conn
	alive *atomic.Bool
}

func (v vanishing) Write(p []byte) (int, error) {
	if !v.alive.Load() {
		return len(p), nil
	}
	return v.to.Write(p)
}
