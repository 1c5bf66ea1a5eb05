package vault

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func newTestVault(t testing.TB, s Secrets) *Vault {
	t.Helper()
	v, err := New(s)
	require.NoError(t, err)
	return v
}

func TestSealedOpensOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	v := newTestVault(t, secrets())
	row := uuid.New()
	sealed := v.Seal(Codes, row, "012345")
	text, err := v.Open(Codes, row, sealed)
	require.NoError(t, err)
	require.Equal(t, "012345", text)
	require.NotContains(t, string(sealed), "012345")
	require.NotEqual(t, sealed, v.Seal(Codes, row, "012345"), "a nonce is used once")

	for name, open := range map[string]func() (string, error){
		"other row":     func() (string, error) { return v.Open(Codes, uuid.New(), sealed) },
		"other column":  func() (string, error) { return v.Open(Phones, row, sealed) },
		"damaged":       func() (string, error) { return v.Open(Codes, row, append(sealed[:len(sealed)-1:len(sealed)-1], 0)) },
		"cut short":     func() (string, error) { return v.Open(Codes, row, sealed[:20]) },
		"nothing":       func() (string, error) { return v.Open(Codes, row, nil) },
		"other secrets": func() (string, error) { return newTestVault(t, rotated()).Open(Codes, row, sealed) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := open()
			require.Error(t, err)
			require.Empty(t, text)
		})
	}
}

func secrets() Secrets {
	return Secrets{Cipher: []string{strings.Repeat("cipher", 6)}, Lookup: strings.Repeat("lookup", 6)}
}

// rotated are secrets of which none is in secrets().
func rotated() Secrets {
	return Secrets{Cipher: []string{strings.Repeat("rotated", 5)}, Lookup: secrets().Lookup}
}

func TestRotatedSecrets(t *testing.T) {
	t.Parallel()
	row := uuid.New()
	old := newTestVault(t, secrets())
	both := newTestVault(t, Secrets{Cipher: append(rotated().Cipher, secrets().Cipher...), Lookup: secrets().Lookup})
	fresh := newTestVault(t, rotated())

	text, err := both.Open(Codes, row, old.Seal(Codes, row, "old"))
	require.NoError(t, err, "the old secret still opens")
	require.Equal(t, "old", text)
	text, err = fresh.Open(Codes, row, both.Seal(Codes, row, "new"))
	require.NoError(t, err, "the first secret seals")
	require.Equal(t, "new", text)
	_, err = old.Open(Codes, row, both.Seal(Codes, row, "new"))
	require.ErrorContains(t, err, "secrets.cipher")
	require.Equal(t, old.lookup(byPhone, "x"), both.lookup(byPhone, "x"), "looking up does not depend on secrets.cipher")
}

func FuzzOpen(f *testing.F) {
	v := newTestVault(f, secrets())
	row := uuid.UUID{}
	f.Add([]byte(nil))
	f.Add(v.Seal(Codes, row, "012345")[:28])
	f.Add(v.Seal(Phones, row, "+12025550110"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if text, err := v.Open(Codes, row, sealed); err == nil {
			t.Fatalf("opened what was never sealed as a code: %q", text)
		}
	})
}
