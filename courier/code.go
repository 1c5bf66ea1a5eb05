package courier

import "errors"

// MaxCodeLength is the longest code that an authentication template takes, in
// characters (Meta, "Authentication templates", November 2025).
const MaxCodeLength = 15

// redacted is what every printer shows instead of a secret.
const redacted = "[redacted]"

// Code is a one-time code. It cannot be printed: the text sits behind a
// pointer, because fmt and slog do not call String on unexported fields and
// would show a plain string there.
type Code struct{ secret *string }

// NewCode wraps the code's text. Codes are compared verbatim by Kratos, so the
// text is kept as it is, leading zeros included. It fails on an empty text.
func NewCode(text string) (Code, error) {
	if text == "" {
		return Code{}, errors.New("the code is empty")
	}
	return Code{secret: &text}, nil
}

// Reveal returns the code's text. Call it only where the code leaves for a
// provider or is encrypted for the store.
func (c Code) Reveal() string {
	if c.secret == nil {
		return ""
	}
	return *c.secret
}

// IsZero reports whether there is no code, as after it was erased.
func (c Code) IsZero() bool { return c.secret == nil }

// String hides the code.
func (c Code) String() string { return redacted }

// GoString hides the code from %#v.
func (c Code) GoString() string { return redacted }

// MarshalText hides the code from JSON and every other text encoder.
func (c Code) MarshalText() ([]byte, error) { return []byte(redacted), nil }
