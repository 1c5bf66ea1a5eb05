package vault

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretsAreChecked(t *testing.T) {
	t.Parallel()
	_, err := New(Secrets{Cipher: []string{strings.Repeat("a", 31), secrets().Lookup}})
	require.ErrorContains(t, err, "secrets.cipher.0 has 31 characters")
	require.NotContains(t, err.Error(), "secrets.cipher.1")
	require.ErrorContains(t, err, "secrets.lookup has 0 characters")
	_, err = New(Secrets{Lookup: secrets().Lookup})
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
