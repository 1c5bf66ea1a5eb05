package app

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A provider that the schema lets people choose can be made, and no other.
func TestSMSProvidersAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	require.NoError(t, json.Unmarshal(Schema, &schema))
	choices, _ := find(schema, keys("/properties/sms/properties/provider/enum")).([]any)
	require.Contains(t, choices, "none")
	var c Config
	for _, choice := range choices {
		require.Equal(t, choice == "none", c.SMS.named(choice.(string)) == nil, choice)
	}
	for provider := range reflect.TypeFor[SMSProviders]().Fields() {
		require.Contains(t, choices, provider.Tag.Get("koanf"))
	}
	require.Nil(t, c.SMS.named("pigeon"))
}

// What the schema takes and nothing reads would be ignored without a word.
func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	fields := fieldsBelow("", reflect.TypeFor[Config]())
	require.ElementsMatch(t, settings(), append(fields, "version"), "version is for people")
}

// fieldsBelow are the paths of the settings that a type of the configuration has.
func fieldsBelow(path string, of reflect.Type) []string {
	if of.Kind() != reflect.Struct {
		return []string{path}
	}
	var paths []string
	for field := range of.Fields() {
		if tag := field.Tag.Get("koanf"); tag != "" {
			name, _, _ := strings.Cut(tag, ",")
			paths = append(paths, fieldsBelow(strings.Trim(path+"."+name, "."), field.Type)...)
		}
	}
	return paths
}
