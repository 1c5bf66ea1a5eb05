package app

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Others, such as the Helm chart, know by the mark what must not stand where many can read.
func TestTheSchemaMarksWhatIsSecret(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	require.NoError(t, json.Unmarshal(Schema, &schema))
	marked, typed := markedSecrets(schema, schema, ""), typedSecrets(reflect.TypeFor[Config](), "")
	require.Greater(t, len(typed), 20)
	require.ElementsMatch(t, typed, marked)
}

// markedSecrets are the settings that a schema marks: [] stands for an item of a list, * for
// a value of a map.
func markedSecrets(root, node map[string]any, path string) []string {
	if ref, ok := node["$ref"].(string); ok {
		node = root
		for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			node, _ = node[name].(map[string]any)
		}
	}
	var found []string
	if node["writeOnly"] == true {
		found = append(found, path)
	}
	properties, _ := node["properties"].(map[string]any)
	for name, child := range properties {
		child, _ := child.(map[string]any)
		found = append(found, markedSecrets(root, child, below(path, name))...)
	}
	for keyword, place := range map[string]string{"items": path + "[]", "additionalProperties": path + ".*"} {
		if child, ok := node[keyword].(map[string]any); ok {
			found = append(found, markedSecrets(root, child, place)...)
		}
	}
	return found
}

// typedSecrets are the same by the types of Config.
func typedSecrets(t reflect.Type, path string) []string {
	if isSecret(t) && t.Kind() == reflect.String {
		return []string{path}
	}
	var found []string
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			field := t.Field(i)
			name, options, _ := strings.Cut(field.Tag.Get("koanf"), ",")
			switch {
			case options == "squash":
				found = append(found, typedSecrets(field.Type, path)...)
			case name != "":
				found = append(found, typedSecrets(field.Type, below(path, name))...)
			}
		}
	case reflect.Slice:
		found = typedSecrets(t.Elem(), path+"[]")
	case reflect.Map:
		found = typedSecrets(t.Elem(), path+".*")
	default: // holds no other settings
	}
	return found
}
