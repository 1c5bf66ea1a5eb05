package testkit

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
)

const loopback = "127.0.0.1"

// FreePort asks the system for a port that no program listens on. Another program
// may take it before it is used, so prefer port 0 where a program knows it.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
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
