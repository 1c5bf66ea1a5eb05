package specs

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"os"

	"github.com/google/uuid"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// sealedCodes finds ciphertexts of codes in what a courier has stored, wherever
// they lie in a file: in a row, or in a place that SQLite has freed. It is
// written after the description of the format, not with the store's code: the
// key's id (4 bytes), a nonce (24 bytes), then XChaCha20-Poly1305 of the code
// with the delivery's id as associated data. The key is HKDF-SHA256 of a secret
// in secrets.cipher.
type sealedCodes struct {
	keyID []byte
	aead  cipher.AEAD
}

// newSealedCodes opens what was sealed under a secret of secrets.cipher.
func newSealedCodes(secret string) (*sealedCodes, error) {
	const purpose = "whatsapp-courier store v1: "
	keyID, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose+"key id", 4)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose+"seal code", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(key)
	return &sealedCodes{keyID: keyID, aead: aead}, err
}

// inFiles returns the codes, each once, of these deliveries that the courier's
// database or its WAL still holds.
func (s *sealedCodes) inFiles(c *testkit.Courier, deliveries []string) ([]string, error) {
	var codes []string
	seen := map[string]bool{} // The WAL holds a page as often as it was written.
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(c.DatabaseFile() + suffix)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for {
			at := bytes.Index(raw, s.keyID)
			if at < 0 {
				break
			}
			sealed := raw[at+len(s.keyID):]
			raw = sealed
			if len(sealed) < chacha20poly1305.NonceSizeX || seen[string(sealed[:chacha20poly1305.NonceSizeX])] {
				continue
			}
			if code := s.open(sealed, deliveries); code != "" {
				seen[string(sealed[:chacha20poly1305.NonceSizeX])] = true
				codes = append(codes, code)
			}
		}
	}
	return codes, nil
}

// open returns the code at the start of sealed, or nothing. A ciphertext does
// not say how long it is.
func (s *sealedCodes) open(sealed []byte, deliveries []string) string {
	const longest = 64
	nonce, rest := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	for size := chacha20poly1305.Overhead + 1; size <= min(len(rest), chacha20poly1305.Overhead+longest); size++ {
		for _, delivery := range deliveries {
			row := uuid.MustParse(delivery)
			if code, err := s.aead.Open(nil, nonce, rest[:size], row[:]); err == nil {
				return string(code)
			}
		}
	}
	return ""
}
