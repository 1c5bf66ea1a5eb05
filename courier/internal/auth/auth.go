// Package auth checks who calls the courier: Kratos, operators, an SMS provider.
package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/ory/herodot"
)

// Credentials are what a caller must have: any of the keys, as X-API-Key or as bearer
// token, or the basic pair. They are kept as hashes, which compare in constant
// time whatever the length of the guess.
type Credentials struct {
	keys  [][sha256.Size]byte
	basic *[2][sha256.Size]byte
}

// New takes the accepted API keys and, unless both are empty, a user
// name and password for HTTP basic authentication. Without any of them every
// request is refused.
func New(keys []string, username, password string) Credentials {
	var c Credentials
	for _, key := range keys {
		c.keys = append(c.keys, sha256.Sum256([]byte(key)))
	}
	if username != "" || password != "" {
		c.basic = &[2][sha256.Size]byte{sha256.Sum256([]byte(username)), sha256.Sum256([]byte(password))}
	}
	return c
}

// Guard lets only requests with valid credentials through; others get 401 in
// Ory's error envelope.
func (c Credentials) Guard(answer herodot.Writer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.Accepts(r) {
			next.ServeHTTP(w, r)
			return
		}
		refuse(answer, w, r, "Send a configured API key in X-API-Key or as `Authorization: Bearer`, or the configured basic pair.")
	})
}

func refuse(answer herodot.Writer, w http.ResponseWriter, r *http.Request, advice string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="whatsapp-courier"`)
	answer.WriteError(w, r, herodot.ErrUnauthorized.WithReason("The request has no valid credentials. "+advice))
}

// Accepts reports whether a request has valid credentials.
func (c Credentials) Accepts(r *http.Request) bool {
	if username, password, ok := r.BasicAuth(); ok && c.basic != nil {
		return same(c.basic[0], username)&same(c.basic[1], password) == 1
	}
	key, match := keyOf(r), 0
	for _, accepted := range c.keys {
		match |= same(accepted, key)
	}
	return match == 1
}

// keyOf is the API key in a request, or "".
func keyOf(r *http.Request) string {
	key := r.Header.Get("X-API-Key")
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); key == "" && ok && strings.EqualFold(scheme, "Bearer") {
		key = strings.TrimSpace(token)
	}
	return key
}

func same(want [sha256.Size]byte, got string) int {
	sum := sha256.Sum256([]byte(got))
	return subtle.ConstantTimeCompare(want[:], sum[:])
}
