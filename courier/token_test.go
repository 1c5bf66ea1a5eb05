package courier

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTokensAreLongEnough(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		strings.Repeat("0f", 16):               true,
		strings.Repeat("0f", 15) + "0":         false,
		"3b241101-e2bb-4255-8caf-4136c566a962": true,
		"AAECAwQFBgcICQoLDA0ODw":               true,
		"AAECAwQFBgcICQoLDA0ODw==":             true,
		"-_-_-_-_-_-_-_-_-_-_zz":               true,
		strings.Repeat("0f-", 15):              false,
		"abcdefghijklmnopqrstu":                false,
		"+/abcdefghijklmnopqrst":               true,
		strings.Repeat("z", 128):               true,
		strings.Repeat("z", 129):               false,
		strings.Repeat("=", 64):                false,
		strings.Repeat("0f", 16) + "\n":        false,
		strings.Repeat("é", 30):                false,
		"":                                     false,
	} {
		token, err := NewToken(text)
		require.Equal(t, ok, err == nil, "%q", text)
		require.Equal(t, !ok, token.IsZero())
		if ok {
			require.Equal(t, text, token.Reveal())
			continue
		}
		require.Empty(t, token.Reveal())
		if text != "" {
			require.NotContains(t, err.Error(), text)
		}
	}
}
