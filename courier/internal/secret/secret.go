// Package secret holds configured secrets so that printing does not show them.
package secret

import (
	"fmt"
	"io"
)

// Text is a configured secret. Whatever prints or encodes it shows a placeholder,
// unless it stands in an unexported field, of which fmt calls no methods.
type Text string

const placeholder = "[redacted]"

// String hides the secret.
func (Text) String() string { return placeholder }

// Format hides the secret, whatever the verb.
func (Text) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, placeholder) }

// MarshalText hides the secret from encoders.
func (Text) MarshalText() ([]byte, error) { return []byte(placeholder), nil }

// Reveal returns the secret.
func (t Text) Reveal() string { return string(t) }

// RevealAll returns the secrets.
func RevealAll(texts []Text) []string {
	revealed := make([]string, len(texts))
	for i, t := range texts {
		revealed[i] = t.Reveal()
	}
	return revealed
}

// BasicAuth is a user name and password of HTTP basic authentication, as the
// configuration has them.
type BasicAuth struct {
	Username string `koanf:"username"`
	Password Text   `koanf:"password"`
}
