package courier

import "errors"

// Token is a secret that a login page has made up for one login, and by which it may
// ask where to look for the code. It cannot be printed, for the reasons of Code.
type Token struct{ secret *string }

const (
	// minTokenBits is how many bits a token must be able to hold: it is all that keeps
	// others from asking.
	minTokenBits = 128
	// maxToken is its greatest length, in characters.
	maxToken = 128
)

// NewToken wraps a token's text: hexadecimal digits, or base64 with or without the URL
// alphabet. It fails unless that is as long as 16 bytes at least, in at most 128
// characters. How random they are cannot be seen.
func NewToken(text string) (Token, error) {
	digits, dashes, others := 0, 0, 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			digits++
		case c == '-': // between the digits of a UUID, and in base64
			dashes++
		case c == '=': // at the end of base64
		case c >= 'g' && c <= 'z', c >= 'G' && c <= 'Z', c == '_', c == '+', c == '/':
			others++
		default:
			return Token{}, errToken
		}
	}
	bits := 4 * digits
	if others > 0 {
		bits = 6 * (digits + dashes + others)
	}
	if bits < minTokenBits || len(text) > maxToken {
		return Token{}, errToken
	}
	return Token{secret: &text}, nil
}

// errToken says what a token must be, and nothing of what it was.
var errToken = errors.New("a delivery token must be 16 random bytes or more, in hexadecimal or base64, of at most 128 characters")

// Reveal returns the token's text. Call it only where its hash is made.
func (t Token) Reveal() string {
	if t.secret == nil {
		return ""
	}
	return *t.secret
}

// IsZero reports whether there is no token.
func (t Token) IsZero() bool { return t.secret == nil }

// String hides the token.
func (t Token) String() string { return redacted }

// GoString hides the token from %#v.
func (t Token) GoString() string { return redacted }

// MarshalText hides the token from JSON and every other text encoder.
func (t Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }
