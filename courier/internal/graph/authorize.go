// Package graph holds what all requests to Meta's Graph API have in common.
package graph

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// Authorize returns what shows a token and proves that we know the secret of the app that
// it belongs to (Meta, "Secure Graph API Calls", appsecret_proof). Meta checks a proof
// that it has not asked for too. "" for the secret sends no proof.
func Authorize(token, appSecret string) func(*http.Request) {
	var proof string
	if appSecret != "" {
		mac := hmac.New(sha256.New, []byte(appSecret))
		_, _ = mac.Write([]byte(token)) // it never fails
		proof = hex.EncodeToString(mac.Sum(nil))
	}
	return func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+token)
		if proof != "" {
			query := r.URL.Query()
			query.Set("appsecret_proof", proof)
			r.URL.RawQuery = query.Encode()
		}
	}
}
