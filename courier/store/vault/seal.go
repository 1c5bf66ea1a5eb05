package vault

import (
	"crypto/rand"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Content is what a ciphertext hides. Each has a key of its own, so that a
// ciphertext in the wrong column does not open.
type Content string

// What is sealed.
const (
	Codes  Content = "code"
	Phones Content = "phone"
)

// Seal encrypts a text for one row: key id, nonce, ciphertext. The row's id is
// authenticated with it, so a ciphertext copied to another row does not open.
func (v *Vault) Seal(c Content, row courier.ID, text string) []byte {
	k := (*v.keys.Load())[0]
	sealed := make([]byte, len(k.id)+chacha20poly1305.NonceSizeX, len(k.id)+chacha20poly1305.NonceSizeX+len(text)+chacha20poly1305.Overhead)
	nonce := sealed[copy(sealed, k.id[:]):]
	rand.Read(nonce) // never fails: it ends the program instead
	return k.aeads[c].Seal(sealed, nonce, []byte(text), row[:])
}

// Open reverses Seal.
func (v *Vault) Open(c Content, row courier.ID, sealed []byte) (string, error) {
	const head = len(key{}.id) + chacha20poly1305.NonceSizeX
	if len(sealed) < head {
		return "", fmt.Errorf("the sealed %s is cut short", c)
	}
	known := false
	for _, k := range *v.keys.Load() {
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
