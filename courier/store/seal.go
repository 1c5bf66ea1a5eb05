package store

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Secrets protect what the store holds.
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
	var faults []error
	check := func(path, secret string) {
		if n := utf8.RuneCountInString(secret); n < minSecret {
			faults = append(faults, fmt.Errorf("%s has %d characters, it needs at least %d", path, n, minSecret))
		}
	}
	if len(s.Cipher) == 0 {
		faults = append(faults, errors.New("secrets.cipher is empty, it needs at least one secret"))
	}
	for i, secret := range s.Cipher {
		check(fmt.Sprintf("secrets.cipher.%d", i), secret)
	}
	check("secrets.lookup", s.Lookup)
	return errors.Join(faults...)
}

// content is what a ciphertext hides. Each has a key of its own, so that a
// ciphertext in the wrong column does not open.
type content string

const (
	codes  content = "code"
	phones content = "phone"
)

// use is what an HMAC is looked up for. Each has a key of its own, so that the
// same text gives unrelated values in unrelated columns.
type use string

const (
	byPhone      use = "phone"
	byMessage    use = "message"
	byProviderID use = "provider id"
	bySubject    use = "quota subject"
)

// vault seals, opens and looks up.
type vault struct {
	keys    []key // the first one seals
	lookups map[use][]byte
}

// key is what one secret of the list is good for. Its id stands in front of
// each ciphertext and tells later which key opens it.
type key struct {
	id    [4]byte
	aeads map[content]cipher.AEAD
}

// lookupSize is the length of an HMAC, in bytes: 128 bits do not collide by
// chance.
const lookupSize = 16

func newVault(s Secrets) (*vault, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	v := &vault{lookups: make(map[use][]byte)}
	for _, secret := range s.Cipher {
		k, err := newKey(secret)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, k)
	}
	for _, u := range []use{byPhone, byMessage, byProviderID, bySubject} {
		k, err := derive(s.Lookup, "lookup "+string(u), sha256.Size)
		if err != nil {
			return nil, err
		}
		v.lookups[u] = k
	}
	return v, nil
}

func newKey(secret string) (key, error) {
	k := key{aeads: make(map[content]cipher.AEAD)}
	id, err := derive(secret, "key id", len(k.id))
	if err != nil {
		return k, err
	}
	copy(k.id[:], id)
	for _, c := range []content{codes, phones} {
		raw, err := derive(secret, "seal "+string(c), chacha20poly1305.KeySize)
		if err != nil {
			return k, err
		}
		if k.aeads[c], err = chacha20poly1305.NewX(raw); err != nil {
			return k, err
		}
	}
	return k, nil
}

func derive(secret, purpose string, size int) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(secret), nil, "whatsapp-courier store v1: "+purpose, size)
}

// seal encrypts a text for one row: key id, nonce, ciphertext. The row's id is
// authenticated with it, so a ciphertext copied to another row does not open.
func (v *vault) seal(c content, row courier.ID, text string) []byte {
	k := v.keys[0]
	sealed := make([]byte, len(k.id)+chacha20poly1305.NonceSizeX, len(k.id)+chacha20poly1305.NonceSizeX+len(text)+chacha20poly1305.Overhead)
	nonce := sealed[copy(sealed, k.id[:]):]
	rand.Read(nonce) // never fails: it ends the program instead
	return k.aeads[c].Seal(sealed, nonce, []byte(text), row[:])
}

// open reverses seal.
func (v *vault) open(c content, row courier.ID, sealed []byte) (string, error) {
	const head = len(key{}.id) + chacha20poly1305.NonceSizeX
	if len(sealed) < head {
		return "", fmt.Errorf("the sealed %s is cut short", c)
	}
	known := false
	for _, k := range v.keys {
		if [4]byte(sealed) != k.id {
			continue
		}
		known = true
		text, err := k.aeads[c].Open(nil, sealed[len(k.id):head], sealed[head:], row[:])
		if err == nil {
			return string(text), nil
		}
	}
	if !known {
		return "", fmt.Errorf("the %s was sealed under key %x, which no secret in secrets.cipher gives; put that secret back into the list", c, sealed[:4])
	}
	return "", fmt.Errorf("the sealed %s is damaged or belongs to another row", c)
}

// lookup returns the HMAC under which parts are found.
func (v *vault) lookup(u use, parts ...string) []byte {
	mac := hmac.New(sha256.New, v.lookups[u])
	for _, part := range parts {
		// The length in front keeps ("ab","c") apart from ("a","bc").
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)[:lookupSize]
}
