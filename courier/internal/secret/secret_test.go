package secret_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	const invented = "an-invented-secret"
	text := secret.Text(invented)
	pair := secret.BasicAuth{Username: "kratos", Password: text}
	for _, value := range []any{text, &text, []secret.Text{text}, map[string]secret.Text{"a": text}, pair, &pair} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x", "%X"} {
			printed := fmt.Sprintf(verb, value)
			require.NotContains(t, printed, invented, verb)
			require.NotContains(t, printed, fmt.Sprintf("%x", invented), verb)
		}
		asJSON, err := json.Marshal(value)
		require.NoError(t, err)
		require.NotContains(t, string(asJSON), invented)
	}
	require.Equal(t, "[redacted]", text.String())
	require.Equal(t, []string{invented, "another"}, secret.RevealAll([]secret.Text{text, "another"}))
}
