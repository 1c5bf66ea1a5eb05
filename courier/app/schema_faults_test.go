package app

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Faults are for operators: no patterns, no words of JSON schema, and each once.
func TestFaultsAreInWords(t *testing.T) {
	t.Parallel()
	const noSuch = ": there is no such setting; look for a misspelt name"
	for _, c := range [][2]string{
		{"kratos: {code_lifespan: 300}", `kratos.code_lifespan: must be a duration such as "30s" or "5m"`},
		{"kratos: {code_lifespan: \"300\"}", `kratos.code_lifespan: must be a duration such as "30s" or "5m"`},
		{"fallback: {after: 30}", `fallback.after: must be a duration such as "30s" or "5m"`},
		{"keep:", `keep: is empty: it must be a duration such as "30s" or "5m"`},
		{"whatsapp: {api_version: \"25\"}", "whatsapp.api_version: must be a version such as v25.0"},
		{"whatsapp: {api_version: 25.0}", "whatsapp.api_version: must be a version such as v25.0"},
		{"whatsapp: {base_url: graph.facebook.com}", "whatsapp.base_url: must be a URL that begins with https:// or http://"},
		{"whatsapp: {phone_number_id: \"+1 202 555 0100\"}", "whatsapp.phone_number_id: must be digits only, in quotes: it is an id, not a phone number"},
		{"whatsapp: {phone_number_id: 106540352242922}", "whatsapp.phone_number_id: must be digits only, in quotes: it is an id, not a phone number"},
		{"whatsapp: {template: {languages: [english], default_language: english}}", "whatsapp.template.languages.0: must be a language as Meta writes it, such as en_US or de"},
		{"whatsapp: {template: {languages: []}}", "whatsapp.template.languages: must not be empty"},
		{"whatsapp: {app_secrets: secret}", "whatsapp.app_secrets: must be a list, such as [a, b]"},
		{"whatsapp: {app_secrets: [\"\"]}", "whatsapp.app_secrets.0: must not be empty"},
		{"whatsapp: {access_token: 1234}", "whatsapp.access_token: must be a text; put it in quotes"},
		{"whatsapp: {rate: 0}", "whatsapp.rate: must be at least 1"},
		{"whatsapp: {acess_token: x}", "whatsapp.acess_token" + noSuch},
		{"whatsap: {}", "whatsap" + noSuch},
		{"log: {leak_sensitive_values: true}", "log.leak_sensitive_values" + noSuch},
		{"log: {level: verbose}", `log.level: must be one of "panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"`},
		{"admin: {api_keys: [short]}", "admin.api_keys.0: must have at least 16 characters"},
		{"kratos: [a]", "kratos: must be a section with settings below it"},
		{"serve: {private: 4480}", "serve.private: must be a section with settings below it"},
		{"serve: {private: {port: 70000}}", "serve.private.port: must be at most 65535"},
		{"serve: {private: {port: 44.5}}", "serve.private.port: must be a whole number"},
		{"serve: {trusted_proxies: [10.0.0.0/33]}", "serve.trusted_proxies.0: must be a network such as 10.0.0.0/8, an address, or unix"},
		{"limits: {prefixes: [{max: 0}]}", "limits.prefixes.0.prefix: is missing"},
		{"limits: {prefixes: [{prefix: \"44\", max: 0}]}", `limits.prefixes.0.prefix: must be a plus and digits, in quotes, such as "+44"`},
		{"sms: {texts: {english_: \"{{ .Code }}\"}}", "sms.texts.english_: must be a language such as de or pt-BR"},
		{"fallback: {mode: sms}", `fallback.mode: must be one of "whatsapp_or_sms", "whatsapp_only", "sms_only"`},
		{"{dsn: memory, secrets: {cipher: [], lookup: x}}", ""},
	} {
		more, want := c[0], c[1]
		_, err := load(t, write(t, minimal), write(t, more))
		var invalid *ConfigError
		require.ErrorAs(t, err, &invalid, more)
		if want == "" {
			require.Equal(t, []string{"secrets.cipher: must not be empty", "secrets.lookup: must have at least 32 characters"}, invalid.Faults)
			continue
		}
		require.Equal(t, []string{want}, invalid.Faults, more)
	}
	_, err := load(t, write(t, strings.Replace(minimal, "secrets:", "#", 1)))
	require.ErrorContains(t, err, "  secrets: is missing; make one with: openssl rand -hex 32")
}

// Whatever the schema asks for has words.
func TestRulesHaveWords(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	require.NoError(t, json.Unmarshal(Schema, &schema))
	known := []string{
		"additionalProperties", "required", "type", "pattern", "enum", "minLength", "minItems", "maxItems", "minimum", "maximum",
		"properties", "items", "propertyNames", "title", "description", "default", "$schema", "writeOnly", "$ref",
	}
	for _, keyword := range keywords(schema) {
		require.Contains(t, known, keyword)
	}
}

// keywords are those of JSON schema that a schema uses.
func keywords(node map[string]any) []string {
	var all []string
	for keyword, value := range node {
		all = append(all, keyword)
		children, _ := value.(map[string]any)
		switch keyword {
		case "properties":
			for _, child := range children {
				all = append(all, keywords(child.(map[string]any))...)
			}
		case "items", "additionalProperties", "propertyNames":
			all = append(all, keywords(children)...)
		}
	}
	return all
}

// Every pattern of the schema has words.
func TestPatternsHaveWords(t *testing.T) {
	t.Parallel()
	patterns := map[string]bool{}
	for _, m := range regexp.MustCompile(`"pattern": ("[^\n]*"),?\n`).FindAllSubmatch(Schema, -1) {
		var pattern string
		require.NoError(t, json.Unmarshal(m[1], &pattern))
		patterns[pattern] = true
	}
	require.NotEmpty(t, patterns)
	for pattern := range patterns {
		require.Contains(t, forms(), pattern)
	}
	require.Len(t, forms(), len(patterns), "words for a pattern that is gone")
}
