package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificates are those of a listener, as its files have them now.
type certificates struct {
	files TLS
	// section is where the configuration names the files, such as serve.public.tls.
	section string
	current atomic.Pointer[tls.Config]

	mu sync.Mutex
	// read is a hash of what the files held when they were last read, also if that was
	// faulty.
	read [sha256.Size]byte
}

// loadCertificates reads the files. Without a certificate there is nothing: nil.
func loadCertificates(section string, files TLS) (*certificates, error) {
	if files.Cert.Path == "" {
		return nil, nil //nolint:nilnil // plain HTTP is no fault
	}
	c := &certificates{files: files, section: section}
	_, err := c.refresh()
	return c, err
}

// refresh reads the files again and reports whether that gave other certificates. With a
// faulty file the old ones stay; the fault is told once.
func (c *certificates) refresh() (changed bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var contents [3][]byte
	for i, file := range []struct{ setting, path string }{
		{"cert", c.files.Cert.Path}, {"key", c.files.Key.Path}, {"client_ca", c.files.ClientCA.Path},
	} {
		if file.path == "" {
			continue
		}
		var fault error
		if contents[i], fault = os.ReadFile(file.path); fault != nil {
			err = errors.Join(err, fmt.Errorf("%s.%s.path: cannot be read: %w", c.section, file.setting, unopened(file.path, fault)))
		}
	}
	read := sha256.Sum256(fmt.Append(bytes.Join(contents[:], []byte{0}), err))
	if read == c.read {
		return false, nil
	}
	c.read = read
	if err != nil {
		return false, err
	}
	made, err := c.parse(contents[0], contents[1], contents[2])
	if err != nil {
		return false, err
	}
	c.current.Store(made)
	return true, nil
}

// parse makes what a handshake needs of the contents of the files.
func (c *certificates) parse(cert, key, clientCA []byte) (*tls.Config, error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s.cert.path: does not go with %s.key.path: %w", c.section, c.section, err)
	}
	made := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if c.files.ClientCA.Path != "" {
		made.ClientCAs = x509.NewCertPool()
		if !made.ClientCAs.AppendCertsFromPEM(clientCA) {
			return nil, fmt.Errorf("%s.client_ca.path: there is no certificate in it, in PEM", c.section)
		}
		// Whether a request needs one depends on its path: clientRule sees to that.
		made.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return made, nil
}

// config is for a server. It takes the certificates of the moment for each handshake.
func (c *certificates) config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current.Load(), nil },
	}
}

// ends is when the certificate does.
func (c *certificates) ends() time.Time { return c.current.Load().Certificates[0].Leaf.NotAfter }

// keepCertificates looks once a minute whether certificates were renewed, until ctx ends.
func (a *App) keepCertificates(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.refreshCertificates()
		}
	}
}

func (a *App) refreshCertificates() {
	for _, s := range a.listeners {
		if s.certificates == nil {
			continue
		}
		changed, err := s.certificates.refresh()
		log := a.log.WithField("listener", s.name)
		switch {
		case err != nil:
			log.WithError(err).Error("The certificate was read again and is faulty: the old one stays in use.")
		case changed:
			log.WithField("valid_until", s.certificates.ends()).Info("The certificate was read again.")
			s.showExpiry(a.works.metrics)
		}
	}
}
