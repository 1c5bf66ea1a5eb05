package whatsapp

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// TestRequestAgainstMetasOpenAPI is a second opinion on the request. Meta's
// document refuses Meta's own samples in two places, which are mended first: the
// pattern of a button's index excludes "0", and language.policy is required.
func TestRequestAgainstMetasOpenAPI(t *testing.T) {
	t.Parallel()
	path := os.Getenv("META_OPENAPI_SPEC")
	if path == "" {
		t.Skip("META_OPENAPI_SPEC does not name a copy of business-messaging-api_v23.0.yaml of github.com/facebook/openapi")
	}
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	mended := strings.NewReplacer(
		"pattern: ^[2-6, 11-14]$", "pattern: ^[0-9]$",
		"required:\n      - policy\n      - code\n", "required:\n      - code\n",
	).Replace(string(raw))
	document, err := openapi3.NewLoader().LoadFromData([]byte(mended))
	require.NoError(t, err)
	schema := document.Components.Schemas["TemplateMessage"].Value

	to, err := courier.ParsePhone("+12025550143")
	require.NoError(t, err)
	code, err := courier.NewCode("481920")
	require.NoError(t, err)
	visit := func(change func(map[string]any)) error {
		body, err := json.Marshal(newRequest("login_code", "en_US", courier.Outgoing{To: to, Code: code, Reference: "0190.1"}))
		require.NoError(t, err)
		var value map[string]any
		require.NoError(t, json.Unmarshal(body, &value))
		change(value)
		return schema.VisitJSON(value)
	}
	require.NoError(t, visit(func(map[string]any) {}))
	for _, field := range []string{"messaging_product", "to", "template"} {
		require.Error(t, visit(func(v map[string]any) { delete(v, field) }), "the schema does not miss %s", field)
	}
}
