package hooks

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The pair was made with openssl.
func TestTheSignatureIsThatOfTheVector(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../../testdata/webhooks/raw-escaped.body")
	require.NoError(t, err)
	raw, err := os.ReadFile("../../testdata/webhooks/raw-escaped.sig.json")
	require.NoError(t, err)
	var vector struct {
		Secret string `json:"app_secret"`
		Value  string `json:"value"`
	}
	require.NoError(t, json.Unmarshal(raw, &vector))
	require.Equal(t, vector.Value, sign(vector.Secret, body))
}

func TestEscapesAreMetas(t *testing.T) {
	t.Parallel()
	require.Equal(t, `"Zo\u00eb \u00e4\u00f6\u00e5 \/ <b> \ud83d\ude00"`, string(escapeASCII([]byte(`"Zoë äöå / <b> 😀"`))))
}
