package app

import (
	"crypto/x509"
	"net/http"
	"slices"
	"strings"

	"github.com/ory/herodot"
)

// clientRule says which requests must come from a client with a certificate. The
// handshake has verified that an authority of ours signed it.
type clientRule struct {
	// paths are how the paths begin that need one; none means that no request does.
	paths []string
	// names are those that the certificate may have; none means any.
	names []string
}

func (t TLS) clientRule() clientRule {
	if t.ClientCA.Path == "" {
		return clientRule{}
	}
	return clientRule{paths: t.ClientPaths, names: t.ClientNames}
}

// allows reports whether a request may pass.
func (c clientRule) allows(r *http.Request) bool {
	if !slices.ContainsFunc(c.paths, func(start string) bool { return strings.HasPrefix(r.URL.Path, start) }) {
		return true
	}
	return r.TLS != nil && len(r.TLS.VerifiedChains) > 0 && c.knows(r.TLS.PeerCertificates[0])
}

func (c clientRule) knows(certificate *x509.Certificate) bool {
	names := append([]string{certificate.Subject.CommonName}, certificate.DNSNames...)
	return len(c.names) == 0 || slices.ContainsFunc(names, func(name string) bool { return slices.Contains(c.names, name) })
}

// watch lets only those requests through that may pass. It is told the others.
func (c clientRule) watch(answer herodot.Writer, refused func(path, method string), next http.Handler) http.Handler {
	if len(c.paths) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.allows(r) {
			refused(r.URL.Path, r.Method)
			answer.WriteError(w, r, herodot.ErrForbidden.WithReason("This address takes requests only from clients with a certificate that it knows."))
			return
		}
		next.ServeHTTP(w, r)
	})
}
