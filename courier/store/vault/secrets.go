package vault

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Secrets protect what a store holds.
type Secrets struct {
	// Cipher encrypts codes and phone numbers, with a key of its own for each.
	// The first one encrypts, all decrypt. One that was in use must stay in the
	// list for as long as deliveries are kept.
	Cipher []string
	// Lookup makes the HMACs by which numbers, repeats and quotas are found. A
	// new one forgets limits and repeats and finds no older delivery by its
	// number.
	Lookup string
}

// minSecret is the least length of a secret, in characters.
const minSecret = 32

// String hides the secrets.
func (s Secrets) String() string { return "[redacted]" }

// GoString hides the secrets from %#v.
func (s Secrets) GoString() string { return s.String() }

// validate reports all faults at once, by their path in the configuration.
func (s Secrets) validate() error {
	return errors.Join(validateCipher(s.Cipher), longEnough("secrets.lookup", s.Lookup))
}

func validateCipher(secrets []string) error {
	if len(secrets) == 0 {
		return errors.New("secrets.cipher is empty, it needs at least one secret")
	}
	var faults []error
	for i, secret := range secrets {
		faults = append(faults, longEnough(fmt.Sprintf("secrets.cipher.%d", i), secret))
	}
	return errors.Join(faults...)
}

func longEnough(path, secret string) error {
	if n := utf8.RuneCountInString(secret); n < minSecret {
		return fmt.Errorf("%s has %d characters, it needs at least %d", path, n, minSecret)
	}
	return nil
}
