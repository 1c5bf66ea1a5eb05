package mockmeta_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// Meta's OpenAPI document is a second referee where it is there and usable: the
// template message, the error envelope and the status webhook. It is looked for
// in META_OPENAPI_SPEC, or in ../shared/specs beside the repository.
func metaSpec(t *testing.T) *openapi3.T {
	t.Helper()
	path := os.Getenv("META_OPENAPI_SPEC")
	if path == "" {
		found, err := filepath.Glob(filepath.Join("..", "..", "shared", "specs", "meta-business-messaging-v*.yaml"))
		require.NoError(t, err)
		if len(found) == 0 {
			t.Skip("Meta's OpenAPI document is not there; name it in META_OPENAPI_SPEC")
		}
		path = found[len(found)-1]
	}
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	// Meta's own samples fail without these patches: one-time-password buttons
	// have index 0, and language.policy is left out.
	raw = bytes.ReplaceAll(raw, []byte(`^[2-6, 11-14]$`), []byte(`^[0-9]$`))
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	require.NoError(t, err)
	return doc
}

func fits(t *testing.T, doc *openapi3.T, schema string, raw []byte) error {
	t.Helper()
	ref := doc.Components.Schemas[schema]
	require.NotNil(t, ref, "the document has no schema %s", schema)
	var v any
	require.NoError(t, json.Unmarshal(raw, &v))
	return ref.Value.VisitJSON(v)
}

func TestMetasOwnDescriptionAgrees(t *testing.T) {
	t.Parallel()
	doc := metaSpec(t)
	b := start(t, shaped("v23"))

	// What we take, the document allows, and the other way round.
	message := otp(phone, "481920")
	set(message, "template.language.policy", "deterministic")
	require.NoError(t, fits(t, doc, "TemplateMessage", []byte(mustJSON(t, message))))
	require.Equal(t, 200, b.send(message).status)
	for _, path := range []string{"to", "template.name", "template.language"} {
		broken := set(otp(phone, "1"), path, nil)
		require.Error(t, fits(t, doc, "TemplateMessage", []byte(mustJSON(t, broken))), path)
		require.Equal(t, 400, b.send(broken).status, path)
	}

	require.NoError(t, fits(t, doc, "GraphAPIError", b.graphAs("", "GET", phonePath, nil).raw))
	require.NoError(t, fits(t, doc, "GraphAPIError", b.send(otp("+15006131026", "1")).raw))

	require.Equal(t, 200, b.send(otp("+15005131026", "1")).status)
	b.settled()
	n := 0
	for _, p := range b.hook.all() {
		for _, e := range decode(t, p.body)["entry"].([]any) {
			for _, c := range e.(map[string]any)["changes"].([]any) {
				value := mustJSON(t, c.(map[string]any)["value"])
				require.NoError(t, fits(t, doc, "StatusMessageValue", []byte(value)), value)
				n++
			}
		}
	}
	require.Equal(t, 4, n)
}
