package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// signatureHeader carries "sha256=" and 64 hex digits.
const signatureHeader = "X-Hub-Signature-256"

// verifier tells whether a signature was made over the body with one of the app
// secrets.
type verifier func(body, signature []byte) bool

// newVerifier takes several secrets, so that one can be replaced without losing
// a webhook. Empty ones are left out: anybody can sign with an empty secret.
func newVerifier(secrets []string) verifier {
	keys := nonEmpty(secrets)
	return func(body, signature []byte) bool {
		valid := false
		for _, key := range keys {
			mac := hmac.New(sha256.New, key)
			mac.Write(body)
			if hmac.Equal(mac.Sum(nil), signature) {
				valid = true
			}
		}
		return valid
	}
}

// parseSignature reads the header's value. Meta writes lower-case hex.
func parseSignature(header string) ([]byte, bool) {
	digits, found := strings.CutPrefix(header, "sha256=")
	if !found || digits != strings.ToLower(digits) {
		return nil, false
	}
	signature, err := hex.DecodeString(digits)
	return signature, err == nil && len(signature) == sha256.Size
}

func nonEmpty(secrets []string) [][]byte {
	var keys [][]byte
	for _, s := range secrets {
		if s != "" {
			keys = append(keys, []byte(s))
		}
	}
	return keys
}
