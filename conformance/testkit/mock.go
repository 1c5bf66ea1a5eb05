package testkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// What the mock is seeded with when it starts. They are made up, as its help
// says, and open nothing outside it.
const (
	MockAccessToken      = "mock-access-token"
	MockAppSecret        = "mock-app-secret"
	MockVerifyToken      = "mock-verify-token"
	MockTwilioAccountSID = "AC00000000000000000000000000000000"
	MockTwilioAuthToken  = "mock-twilio-token"
	MockPhoneNumberID    = "106540352242922"
	MockSecondNumberID   = "106540352242923"
	MockWABAID           = "102290129340398"
	MockTemplate         = "login_code"
)

// MockOptions describe a mock of Meta and of the SMS provider.
type MockOptions struct {
	// Bin is the program; empty means MOCKMETA_BIN, then bin/mockmeta.
	Bin string
	// Dir keeps the log; empty means a temporary directory.
	Dir string
	// APIPort and ControlPort are the ports; 0 means any free one.
	APIPort, ControlPort int
	// TLS serves the API over https and HTTP/2.
	TLS bool
	// Args are more flags of `mockmeta serve`.
	Args []string
}

// Mock is a running mock. Its control client is embedded.
type Mock struct {
	*client.Client
	*Process
	// APIURL takes the place of graph.facebook.com and of api.twilio.com.
	APIURL string
	// ControlURL shows the phones in a browser.
	ControlURL string
	// CAFile is the certificate of the CA that vouches for APIURL; empty without TLS.
	CAFile string

	remove func() error
}

// StartMock starts a mock and waits until it listens.
func StartMock(ctx context.Context, o MockOptions) (*Mock, error) {
	bin, err := binary(o.Bin, "MOCKMETA_BIN", "mockmeta")
	if err != nil {
		return nil, err
	}
	dir, remove, err := workDir(o.Dir, "mockmeta")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "mockmeta.addresses")
	args := append([]string{
		"serve", "--address-file", file,
		"--api", net.JoinHostPort(loopback, strconv.Itoa(o.APIPort)),
		"--control", net.JoinHostPort(loopback, strconv.Itoa(o.ControlPort)),
	}, o.Args...)
	m, scheme := &Mock{remove: remove}, "http://"
	if o.TLS {
		m.CAFile, scheme = filepath.Join(dir, "ca.pem"), "https://"
		args = append(args, "--tls", "--ca-file", m.CAFile)
	}
	m.Process = newProcess("mockmeta", bin, dir, args...)
	err = m.start(ctx, func(context.Context) error {
		addresses, err := readAddresses(file)
		m.APIURL, m.ControlURL = scheme+addresses["api"], "http://"+addresses["control"]
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the mock: %w", err), remove())
	}
	m.Client = client.New(m.ControlURL)
	return m, nil
}

// Close stops the mock and removes its temporary directory.
func (m *Mock) Close(ctx context.Context) error { return closeAll(ctx, m.Stop, m.remove) }
