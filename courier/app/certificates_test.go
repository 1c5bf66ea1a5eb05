package app

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newAuthority makes one, and returns it with its certificate in PEM.
func newAuthority(t *testing.T) (authority, []byte) {
	t.Helper()
	a := authority{}
	pair := a.issue(t, 1, "An authority", true)
	a = authority{certificate: pair.Leaf, key: pair.PrivateKey.(*ecdsa.PrivateKey)}
	return a, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
}

// issue makes a certificate; the zero authority lets it sign itself.
func (a authority) issue(t *testing.T, serial int64, name string, isCA bool) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: isCA, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// save writes a certificate and its key into a folder.
func save(t *testing.T, folder string, pair tls.Certificate) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
}

// secured is a courier whose listeners speak HTTPS; of callers at /webhooks/meta the
// public one wants a certificate of Meta's.
type secured struct {
	*running
	authority authority
	folder    string
	roots     *x509.CertPool
}

func startSecured(t *testing.T) *secured {
	t.Helper()
	s := &secured{folder: t.TempDir(), roots: x509.NewCertPool()}
	var root []byte
	s.authority, root = newAuthority(t)
	s.roots.AddCert(s.authority.certificate)
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, "ca.pem"), root, 0o600))
	save(t, s.folder, s.authority.issue(t, 100, "otp.example.com", false))
	c := config(t)
	c.Serve.Private.TLS.Cert.Path, c.Serve.Private.TLS.Key.Path = filepath.Join(s.folder, "cert.pem"), filepath.Join(s.folder, "key.pem")
	c.Serve.Public.TLS = c.Serve.Private.TLS
	c.Serve.Public.TLS.ClientCA.Path = filepath.Join(s.folder, "ca.pem")
	c.Serve.Public.TLS.ClientNames = []string{"client.webhooks.fbclientcerts.com"}
	c.Serve.Public.TLS.ClientPaths = []string{"/webhooks/meta"}
	require.Empty(t, c.listenerFaults())
	s.running = start(t, c)
	return s
}

// get asks over a connection of its own, with a client's certificate if there is one.
func (s *secured) get(t *testing.T, url string, client ...tls.Certificate) (*http.Response, error) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots, Certificates: client}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err == nil {
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	return answer, err
}

func (s *secured) status(t *testing.T, url string, client ...tls.Certificate) int {
	t.Helper()
	answer, err := s.get(t, url, client...)
	require.NoError(t, err)
	return answer.StatusCode
}

func TestListenersSpeakHTTPS(t *testing.T) {
	t.Parallel()
	s := startSecured(t)
	answer, err := s.get(t, "https://"+s.Addresses().Private+"/health/ready")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "HTTP/2.0", answer.Proto)
	require.EqualValues(t, 100, answer.TLS.PeerCertificates[0].SerialNumber.Int64())
	plain, text := ask(t, http.MethodGet, "http://"+s.Addresses().Private+"/health/ready", nil)
	require.Equal(t, http.StatusBadRequest, plain.StatusCode, text)
}

func TestClientsNeedACertificateWhereTheConfigurationSaysSo(t *testing.T) {
	t.Parallel()
	s := startSecured(t)
	public := "https://" + s.Addresses().Public
	meta := s.authority.issue(t, 1, "client.webhooks.fbclientcerts.com", false)
	other := s.authority.issue(t, 2, "client.example.com", false)
	const handshake = "/webhooks/meta?hub.mode=subscribe&hub.challenge=1&hub.verify_token=filled-in"
	require.Equal(t, http.StatusOK, s.status(t, public+handshake, meta))
	for _, path := range []string{handshake, "//webhooks//meta", "/webhooks/%6deta", "/x/../webhooks/meta"} {
		require.Equal(t, http.StatusForbidden, s.status(t, public+path), path)
		require.Equal(t, http.StatusForbidden, s.status(t, public+path, other), path)
	}
	require.Equal(t, http.StatusNotFound, s.status(t, public+"/webhooks/none"), "others need none")
	require.Contains(t, s.log.String(), "The client has no certificate, or one with another name.")

	strangers, _ := newAuthority(t)
	forged := strangers.issue(t, 1, "client.webhooks.fbclientcerts.com", false)
	_, err := s.get(t, public+handshake, forged)
	require.Error(t, err)
	require.Eventually(t, func() bool {
		return strings.Contains(s.log.String(), "signed by no authority")
	}, 30*time.Second, 10*time.Millisecond)
	answer, err := s.get(t, "https://"+s.Addresses().Private+"/metrics/prometheus")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode, "the private listener asks for none")
}

func TestRenewedCertificatesAreTaken(t *testing.T) {
	t.Parallel()
	s := startSecured(t)
	serial := func() int64 {
		answer, err := s.get(t, "https://"+s.Addresses().Private+"/health/alive")
		require.NoError(t, err)
		return answer.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	require.EqualValues(t, 100, serial())
	save(t, s.folder, s.authority.issue(t, 101, "otp.example.com", false))
	s.refreshCertificates()
	require.EqualValues(t, 101, serial())

	key, err := os.ReadFile(filepath.Join(s.folder, "key.pem"))
	require.NoError(t, err)
	save(t, s.folder, s.authority.issue(t, 102, "otp.example.com", false))
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, "key.pem"), key, 0o600))
	for range 3 {
		s.refreshCertificates()
	}
	require.EqualValues(t, 101, serial(), "the old one stays")
	require.Equal(t, 2, strings.Count(s.log.String(), "faulty: the old one stays in use"), "once for each listener")
	require.Contains(t, s.log.String(), "serve.private.tls.cert.path: does not go with serve.private.tls.key.path")
	require.NoError(t, os.Remove(filepath.Join(s.folder, "cert.pem")))
	s.refreshCertificates()
	require.EqualValues(t, 101, serial())
	require.Contains(t, s.log.String(), "serve.public.tls.cert.path: cannot be read")
}

func TestFaultyListenersAreNamed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	a, root := newAuthority(t)
	save(t, folder, a.issue(t, 1, "otp.example.com", false))
	cert, key, empty := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem"), secretFile(t, "hidden")
	ca := filepath.Join(folder, "ca.pem")
	require.NoError(t, os.WriteFile(ca, root, 0o600))
	for tls, says := range map[string]string{
		"cert: {path: " + cert + "}":                             "serve.public.tls.key.path: missing; tls.cert.path needs it",
		"key: {path: " + key + "}":                               "serve.public.tls.cert.path: missing; tls.key.path needs it",
		"client_ca: {path: " + ca + "}":                          "serve.public.tls.cert.path: missing; clients have certificates with HTTPS only",
		"client_names: [a]":                                      "serve.public.tls.client_ca.path: missing",
		"client_paths: [webhooks]":                               "serve.public.tls.client_paths.0: must be a path that begins with /",
		"cert: {path: " + empty + "}, key: {path: " + key + "}":  "serve.public.tls.cert.path: does not go with",
		"cert: {path: /none/cert.pem}, key: {path: " + key + "}": "serve.public.tls.cert.path: cannot be read: the folder /none does not exist",
		"cert: {path: " + cert + "}, key: {path: " + key + "}, client_ca: {path: " + empty + "}": "serve.public.tls.client_ca.path: there is no certificate in it",
	} {
		_, err := load(t, write(t, minimal), write(t, "serve: {public: {tls: {"+tls+"}}}"))
		require.ErrorContains(t, err, says, tls)
		require.NotContains(t, err.Error(), "hidden")
	}
	for more, says := range map[string]string{
		"{host: \"unix:\"}": "serve.private.host: a unix socket must have a path",
		"{host: \"unix:" + strings.Repeat("/long", 30) + "\"}": "serve.private.host: a unix socket must have a path",
		"{socket: {mode: \"rw\"}}":                             `serve.private.socket.mode: must be a mode as of chmod, in quotes, such as "0660"`,
		"{read_timeout: 0s}":                                   "serve.private.read_timeout: must be longer than 0s",
		"{max_connections: -1}":                                "serve.private.max_connections: must be at least 0",
	} {
		_, err := load(t, write(t, minimal), write(t, "serve: {private: "+more+"}"))
		require.ErrorContains(t, err, says, more)
	}
}

func TestListenersMayBeUnixSockets(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "private.sock")
	left, err := net.Listen("unix", path)
	require.NoError(t, err)
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, left.Close(), "as a courier that was killed")

	c := config(t)
	c.Serve.Private.Host, c.Serve.Private.Socket.Mode = "unix:"+path, "0600"
	r := start(t, c)
	require.Equal(t, "unix:"+path, r.Addresses().Private)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	answer, err := client.Post("http://courier/kratos/messages", "application/json", strings.NewReader(login))
	require.NoError(t, err)
	answer.Body.Close()
	require.Equal(t, http.StatusUnauthorized, answer.StatusCode)

	_, err = New(t.Context(), c, Options{Log: io.Discard})
	require.ErrorContains(t, err, "serve.private.host: cannot listen on the unix socket "+path)
	client.CloseIdleConnections()
	require.NoError(t, r.stop())
	require.NoFileExists(t, path)
	c.Serve.Private.Host = "unix:" + filepath.Join(folder, "none", "a.sock")
	_, err = New(t.Context(), c, Options{Log: io.Discard})
	require.ErrorContains(t, err, "the folder "+filepath.Join(folder, "none")+" does not exist")
}

// No more connections are answered than the limit says, and one whose request does not
// arrive is closed.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Serve.Public.MaxConnections, c.Serve.Public.ReadTimeout = 1, 500*time.Millisecond
	r := start(t, c)
	slow, err := net.Dial("tcp", r.Addresses().Public)
	require.NoError(t, err)
	defer func() { _ = slow.Close() }()
	_, err = io.WriteString(slow, "POST /webhooks/meta HTTP/1.1\r\nHost: courier\r\nContent-Length: 100\r\n\r\n{")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, text := ask(t, http.MethodGet, "http://"+r.Addresses().Private+"/metrics/prometheus", nil)
		return strings.Contains(text, `whatsapp_courier_connections{listener="public"} 1`)
	}, 30*time.Second, 10*time.Millisecond)

	second := make(chan int, 1)
	go func() {
		answer, err := http.Get("http://" + r.Addresses().Public + "/webhooks/meta")
		if err == nil {
			answer.Body.Close()
			second <- answer.StatusCode
		}
		close(second)
	}()
	var got bytes.Buffer
	_, err = io.Copy(&got, slow) // until the courier closes it
	require.NoError(t, err)
	require.NotContains(t, got.String(), "200 OK")
	require.Equal(t, http.StatusForbidden, <-second, "the next one's turn")
}

// A client that sends too much must see the answer, and not a connection that is reset.
func TestWhoIsRefusedSeesTheAnswer(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	require.NotZero(t, r.config.Serve.Public.MaxConnections)
	for range 20 {
		answer, _ := ask(t, http.MethodGet, "http://"+r.Addresses().Public+"/webhooks/meta", nil, "X-Long", strings.Repeat("x", 1<<20))
		require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, answer.StatusCode)
	}
}
