package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func newTestVault(t testing.TB, s Secrets) *vault {
	t.Helper()
	v, err := newVault(s)
	require.NoError(t, err)
	return v
}

func TestSealedOpensOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	v := newTestVault(t, secrets())
	row := uuid.New()
	sealed := v.seal(codes, row, "012345")
	text, err := v.open(codes, row, sealed)
	require.NoError(t, err)
	require.Equal(t, "012345", text)
	require.NotContains(t, string(sealed), "012345")
	require.NotEqual(t, sealed, v.seal(codes, row, "012345"), "a nonce is used once")

	for name, open := range map[string]func() (string, error){
		"other row":     func() (string, error) { return v.open(codes, uuid.New(), sealed) },
		"other column":  func() (string, error) { return v.open(phones, row, sealed) },
		"damaged":       func() (string, error) { return v.open(codes, row, append(sealed[:len(sealed)-1:len(sealed)-1], 0)) },
		"cut short":     func() (string, error) { return v.open(codes, row, sealed[:20]) },
		"nothing":       func() (string, error) { return v.open(codes, row, nil) },
		"other secrets": func() (string, error) { return newTestVault(t, rotated()).open(codes, row, sealed) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := open()
			require.Error(t, err)
			require.Empty(t, text)
		})
	}
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

	text, err := both.open(codes, row, old.seal(codes, row, "old"))
	require.NoError(t, err, "the old secret still opens")
	require.Equal(t, "old", text)
	text, err = fresh.open(codes, row, both.seal(codes, row, "new"))
	require.NoError(t, err, "the first secret seals")
	require.Equal(t, "new", text)
	_, err = old.open(codes, row, both.seal(codes, row, "new"))
	require.ErrorContains(t, err, "secrets.cipher")
	require.Equal(t, old.lookup(byPhone, "x"), both.lookup(byPhone, "x"), "looking up does not depend on secrets.cipher")
}

func TestLookupsAreUnrelated(t *testing.T) {
	t.Parallel()
	v := newTestVault(t, secrets())
	other := newTestVault(t, Secrets{Cipher: secrets().Cipher, Lookup: strings.Repeat("another", 5)})
	seen := map[string]string{}
	for name, got := range map[string][]byte{
		"phone":         v.lookup(byPhone, "ab"),
		"quota subject": v.lookup(bySubject, "ab"),
		"split":         v.lookup(byPhone, "a", "b"),
		"split later":   v.lookup(byPhone, "ab", ""),
		"nothing":       v.lookup(byPhone),
		"other secret":  other.lookup(byPhone, "ab"),
	} {
		require.Len(t, got, lookupSize)
		require.Empty(t, seen[string(got)], "%s is the same as %s", name, seen[string(got)])
		seen[string(got)] = name
	}
}

func TestSecretsAreChecked(t *testing.T) {
	t.Parallel()
	_, err := newVault(Secrets{Cipher: []string{strings.Repeat("a", 31), secrets().Lookup}})
	require.ErrorContains(t, err, "secrets.cipher.0 has 31 characters")
	require.NotContains(t, err.Error(), "secrets.cipher.1")
	require.ErrorContains(t, err, "secrets.lookup has 0 characters")
	_, err = newVault(Secrets{Lookup: secrets().Lookup})
	require.ErrorContains(t, err, "secrets.cipher is empty")
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		text := fmt.Sprintf(verb, struct{ S Secrets }{secrets()})
		require.NotContains(t, text, "cipher"+"cipher")
		require.NotContains(t, text, "lookup"+"lookup")
	}
}

func FuzzOpen(f *testing.F) {
	v := newTestVault(f, secrets())
	row := uuid.UUID{}
	f.Add([]byte(nil))
	f.Add(v.seal(codes, row, "012345")[:28])
	f.Add(v.seal(phones, row, "+12025550110"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if text, err := v.open(codes, row, sealed); err == nil {
			t.Fatalf("opened what was never sealed as a code: %q", text)
		}
	})
}
