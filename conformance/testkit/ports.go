package testkit

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
)

const loopback = "127.0.0.1"

// Ports that a program is told lie below those that systems give away when any will do: one
// of these could be another program's before it is used.
const lowestPort, highestPort = 20000, 32000

// FreePort finds a port that no program listens on. Another program may take it before it
// is used, so prefer port 0 where a program knows it.
func FreePort() (int, error) {
	port, release, err := reservePort()
	if err != nil {
		return 0, err
	}
	return port, release()
}

// reservePort finds a port that no program listens on, and keeps others that ask here, in
// this process and in others, from finding it too until it is released. What they all see is
// that its twin of UDP is taken.
func reservePort() (port int, release func() error, err error) {
	const tries = 100
	for range tries {
		port = lowestPort + rand.IntN(highestPort-lowestPort) // #nosec G404 -- a port is no secret.
		var held *net.UDPConn
		if held, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(loopback), Port: port}); err != nil {
			continue
		}
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port))); err == nil {
			return port, held.Close, l.Close()
		}
		_ = held.Close() // The next one is looked at in any case.
	}
	return 0, nil, fmt.Errorf("find a free port: %w", err)
}

// PortFree returns an error that names the port and who needs it when a program
// listens there already.
func PortFree(port int, user string) error {
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("%s needs port %d, but it is taken: stop the program that uses it", user, port)
	}
	return l.Close()
}

func baseURL(port int) string {
	return "http://" + net.JoinHostPort(loopback, strconv.Itoa(port))
}

// readAddresses reads an --address-file: names to host:port, as JSON.
func readAddresses(file string) (map[string]string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	addresses := map[string]string{}
	if err := json.Unmarshal(raw, &addresses); err != nil {
		return nil, fmt.Errorf("address file %s: %w", file, err)
	}
	return addresses, nil
}

func portOf(address string) (int, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, fmt.Errorf("address %q: %w", address, err)
	}
	return strconv.Atoi(port)
}
