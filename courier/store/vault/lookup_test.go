package vault

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

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
