// Package vault keeps the secrets of a store: it encrypts codes and phone numbers,
// and makes the HMACs by which they are found. It knows no database.
//
// A ciphertext is the id of its key, a nonce, and what XChaCha20-Poly1305 makes of
// the text. The id of the row is authenticated with it, so that it opens in its own
// row only. Codes and numbers have keys of their own, so that it opens in its own
// column only.
//
// [Vault.SealDelivery] and [Vault.OpenDelivery] are what a store needs for a row,
// the methods of [Vault] that end in Lookup for its indexes, [Vault.FirstKey] to see
// how far a rotation is.
package vault

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"sync/atomic"

	"golang.org/x/crypto/chacha20poly1305"
)

// Vault seals, opens and makes lookups.
type Vault struct {
	keys    atomic.Pointer[[]key] // the first one seals
	lookups map[use][]byte
}

// key is what one secret of the list is good for. Its id stands in front of
// each ciphertext and says later which key opens it.
type key struct {
	id    [4]byte
	aeads map[Content]cipher.AEAD
}

// New derives the keys. Its errors name the path of the faulty setting:
// secrets.cipher or secrets.lookup.
func New(s Secrets) (*Vault, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	v := &Vault{lookups: make(map[use][]byte)}
	if err := v.setKeys(s.Cipher); err != nil {
		return nil, err
	}
	for _, u := range uses() {
		k, err := derive(s.Lookup, "lookup "+string(u), sha256.Size)
		if err != nil {
			return nil, err
		}
		v.lookups[u] = k
	}
	return v, nil
}

// Rotate puts other secrets into the place of Secrets.Cipher. Sealing and opening under way
// go on with the old ones.
func (v *Vault) Rotate(secrets []string) error {
	if err := validateCipher(secrets); err != nil {
		return err
	}
	return v.setKeys(secrets)
}

func (v *Vault) setKeys(secrets []string) error {
	keys := make([]key, 0, len(secrets))
	for _, secret := range secrets {
		k, err := newKey(secret)
		if err != nil {
			return err
		}
		keys = append(keys, k)
	}
	v.keys.Store(&keys)
	return nil
}

func newKey(secret string) (key, error) {
	k := key{aeads: make(map[Content]cipher.AEAD)}
	id, err := derive(secret, "key id", len(k.id))
	if err != nil {
		return k, err
	}
	copy(k.id[:], id)
	for _, c := range []Content{Codes, Phones} {
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

// FirstKey is what every ciphertext begins with that is sealed now. One that begins
// otherwise needs an old secret: once there is none, a rotation is over.
func (v *Vault) FirstKey() []byte {
	id := (*v.keys.Load())[0].id
	return id[:]
}
