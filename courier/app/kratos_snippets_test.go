package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What Kratos gives to the jsonnet of a web hook, with identities of two schemas.
func TestSnippetsForKratosWorkWithAnySchema(t *testing.T) {
	t.Parallel()
	evaluator, err := newJsonnet()
	require.NoError(t, err)
	t.Cleanup(evaluator.Close)
	evaluate := func(t *testing.T, file string, ctx map[string]any) map[string]any {
		t.Helper()
		snippet, err := os.ReadFile(filepath.Join("../../deploy/kratos", file))
		require.NoError(t, err)
		input, err := json.Marshal(ctx)
		require.NoError(t, err)
		output, err := evaluator.Evaluate(t.Context(), file, "("+string(snippet)+")("+string(input)+")")
		require.NoError(t, err)
		var body map[string]any
		require.NoError(t, json.Unmarshal([]byte(output), &body))
		return body
	}
	phone := map[string]any{"id": "id-1", "traits": map[string]any{"phone": "+12025550143", "locale": "pt-BR"}}
	emailAndMobile := map[string]any{
		"id": "id-1", "traits": map[string]any{
			"email": "person@example.com", "contact": map[string]any{"mobile": "+44 7700 900123", "tags": []any{"+12025550144", 7, true, nil}},
		},
		"verifiable_addresses": []any{
			map[string]any{"via": "email", "value": "person@example.com"}, map[string]any{"via": "sms", "value": "+447700900123"},
		},
	}
	email := map[string]any{"id": "id-1", "traits": map[string]any{"email": "person@example.com"}}
	for _, event := range []string{"login", "verification", "recovery"} {
		for _, identity := range []map[string]any{phone, emailAndMobile, email} {
			require.Equal(t, map[string]any{"event": event, "identity_id": "id-1"},
				evaluate(t, "event."+event+".jsonnet", map[string]any{"identity": identity, "flow": map[string]any{}}))
		}
	}
	for _, c := range []struct {
		identity map[string]any
		phones   []any
	}{
		{phone, []any{"+12025550143"}},
		{emailAndMobile, []any{"+447700900123", "+44 7700 900123", "+12025550144"}},
		{email, []any{}},
	} {
		require.Equal(t, map[string]any{"event": "registration", "identity_id": "id-1", "phones": c.phones},
			evaluate(t, "event.registration.jsonnet", map[string]any{"identity": c.identity}))
	}
	files, err := filepath.Glob("../../deploy/kratos/*.jsonnet")
	require.NoError(t, err)
	require.Len(t, files, 5, "test the new one, too")
	message := map[string]any{"recipient": "+12025550143", "template_data": map[string]any{"login_code": "123456"}}
	require.Equal(t, message, evaluate(t, "message.jsonnet", message))
}
