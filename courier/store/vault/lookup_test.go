package vault

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
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

// What has a use has a key of its own.
func TestEveryLookupIsKeyed(t *testing.T) {
	t.Parallel()
	token, err := courier.NewToken(strings.Repeat("0f", 16))
	require.NoError(t, err)
	code, err := courier.NewCode("123456")
	require.NoError(t, err)
	d := courier.Delivery{To: courier.KnownPhone("+12025550143"), Code: code}
	lookups := func(secret string) [][]byte {
		v := newTestVault(t, Secrets{Cipher: secrets().Cipher, Lookup: strings.Repeat(secret, 8)})
		return [][]byte{
			v.PhoneLookup(d.To), v.SubjectLookup(courier.Quota{Subject: "a"}), []byte(v.FlowLookup("a")),
			v.MessageLookup(d), v.ProviderLookup("a", "b"), v.TokenLookup(token),
		}
	}
	first, second := lookups("this"), lookups("that")
	for i := range first {
		require.NotEqual(t, first[i], second[i], "lookup %d", i)
	}
	require.Nil(t, (&Vault{}).TokenLookup(courier.Token{}))
}
