package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
)

// handshake answers the GET with which Meta makes sure that a callback URL is
// ours. The challenge is echoed only after the token was compared: an endpoint
// that echoes anything can be subscribed by anybody. An empty token matches
// nothing.
func handshake(token string) http.HandlerFunc {
	// Hashes are equally long, so the comparison does not tell the length.
	want := sha256.Sum256([]byte(token))
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		got := sha256.Sum256([]byte(query.Get("hub.verify_token")))
		matches := subtle.ConstantTimeCompare(got[:], want[:]) == 1 && token != ""
		if !matches || query.Get("hub.mode") != "subscribe" {
			refuse(w, http.StatusForbidden, "hub.mode or hub.verify_token is wrong: compare whatsapp.verify_token with the token in Meta's app dashboard.")
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write([]byte(query.Get("hub.challenge"))) //nolint:gosec // plain text, which no browser may take for a page
	}
}
