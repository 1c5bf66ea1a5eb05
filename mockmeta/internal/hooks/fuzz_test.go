package hooks

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzEscapeASCII(f *testing.F) {
	f.Add([]byte(`{"a":"Zoë / \ud83d"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) || !utf8.Valid(raw) {
			return
		}
		escaped := escapeASCII(raw)
		var before, after any
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&before))
		dec = json.NewDecoder(bytes.NewReader(escaped))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&after))
		require.Equal(t, before, after, "the same JSON")
		for _, c := range escaped {
			require.Less(t, c, byte(0x80))
		}
	})
}
