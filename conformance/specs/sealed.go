package specs

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"maps"
	"os"
	"slices"

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

// stored returns the codes, each once, of these deliveries that the courier's
// database still holds: the tables of a PostgreSQL, or the file and its WAL.
func (s *sealedCodes) stored(ctx context.Context, c *testkit.Courier, deliveries []string) ([]string, error) {
	all, err := database(ctx, c)
	if err != nil {
		return nil, err
	}
	var codes []string
	seen, opened := map[string]bool{}, map[string]bool{} // The WAL holds a page as often as it was written.
	for _, raw := range all {
		for {
			at := bytes.Index(raw, s.keyID)
			if at < 0 {
				break
			}
			raw = raw[at+len(s.keyID):]
			sealed := raw[:min(len(raw), chacha20poly1305.NonceSizeX+chacha20poly1305.Overhead+longestCode)]
			if len(sealed) < chacha20poly1305.NonceSizeX {
				continue
			}
			nonce := string(sealed[:chacha20poly1305.NonceSizeX])
			if opened[nonce] || seen[string(sealed)] {
				continue
			}
			seen[string(sealed)] = true
			if code := s.open(sealed, deliveries); code != "" {
				opened[nonce] = true
				codes = append(codes, code)
			}
		}
	}
	return codes, nil
}

const longestCode = 64 // bytes

// database is all that a courier's database holds.
func database(ctx context.Context, c *testkit.Courier) ([][]byte, error) {
	if c.OnPostgres() {
		tables, err := c.Tables(ctx)
		return slices.Collect(maps.Values(tables)), err
	}
	// The WAL first: a checkpoint in between moves pages to the database.
	wal, err := os.ReadFile(c.DatabaseFile() + "-wal")
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	file, err := os.ReadFile(c.DatabaseFile())
	return [][]byte{wal, file}, err
}

// open returns the code at the start of sealed, or nothing. A ciphertext does
// not say how long it is.
func (s *sealedCodes) open(sealed []byte, deliveries []string) string {
	nonce, rest := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	for size := chacha20poly1305.Overhead + 1; size <= len(rest); size++ {
		for _, delivery := range deliveries {
			row := uuid.MustParse(delivery)
			if code, err := s.aead.Open(nil, nonce, rest[:size], row[:]); err == nil {
				return string(code)
			}
		}
	}
	return ""
}
