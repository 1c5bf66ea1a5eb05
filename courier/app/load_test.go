package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

const example = "../../deploy/courier.yml"

// filled are copies of example files with secrets of a deployment's own.
func filled(t testing.TB, examples ...string) []string {
	t.Helper()
	var files []string
	for _, file := range examples {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		files = append(files, write(t, strings.ReplaceAll(string(text), "replace-me", "filled-in")))
	}
	return files
}

func load(t *testing.T, files ...string) (*Config, error) {
	t.Helper()
	return LoadConfig(context.Background(), files)
}

// minimal is the smallest configuration that works.
const minimal = `
secrets: {cipher: ["0123456789012345678901234567890123456789"], lookup: "9876543210987654321098765432109876543210"}
kratos: {api_keys: ["a-key-for-kratos-only"]}
whatsapp: {phone_number_id: "106540352242922", access_token: "a-token", app_secrets: ["an-app-secret"], verify_token: "a-verify-token"}
fallback: {mode: whatsapp_only}
`

func write(t testing.TB, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "courier.yml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestMinimalConfigGetsTheDefaults(t *testing.T) {
	c, err := load(t, write(t, minimal))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", c.Serve.Private.Host)
	require.Equal(t, 4480, c.Serve.Private.Port)
	require.Equal(t, 4481, c.Serve.Public.Port)
	require.Equal(t, 5*time.Minute, c.Kratos.CodeLifespan)
	require.Equal(t, 30*time.Second, c.Fallback.After)
	require.Equal(t, 100, c.SMS.MaxPerHour)
	require.Equal(t, 3, c.Limits.PerNumber.Max)
	require.Equal(t, 10*time.Minute, c.Limits.PerNumber.Window)
	require.Equal(t, courier.WhatsAppOnly, c.Fallback.Mode)
	require.Equal(t, "https://graph.facebook.com", c.WhatsApp.BaseURL)
}

func TestEnvironmentWins(t *testing.T) {
	t.Setenv("WHATSAPP_ACCESS_TOKEN", "token-from-the-environment")
	t.Setenv("SERVE_PRIVATE_PORT", "0")
	t.Setenv("FALLBACK_AFTER", "2s")
	t.Setenv("ADMIN_API_KEYS", "first-key-of-admin,second-key-of-admin")
	c, err := load(t, write(t, minimal))
	require.NoError(t, err)
	require.Equal(t, "token-from-the-environment", c.WhatsApp.AccessToken.Reveal())
	require.Zero(t, c.Serve.Private.Port)
	require.Equal(t, 2*time.Second, c.Fallback.After)
	require.Equal(t, []AdminKey{{Key: "first-key-of-admin", plain: true}, {Key: "second-key-of-admin", plain: true}}, c.Admin.APIKeys)
}

func TestLaterFilesWin(t *testing.T) {
	c, err := load(t, write(t, minimal), write(t, "log: {level: debug}"), write(t, "log: {level: warn}"))
	require.NoError(t, err)
	require.Equal(t, "warn", c.Log.Level)
}

func TestEveryFaultIsReportedAtOnceWithItsPath(t *testing.T) {
	t.Setenv("LIMITS_PER_NUMBER_MAX", "tcp://10.0.0.1:80")
	t.Setenv("SERVE_PUBLIC_PORT", "tcp://10.0.0.1:4481")
	_, err := load(t, write(t, `
secrets: {cipher: ["too-short-to-be-a-secret"]}
serve: {private: {port: 70000}}
whatsap: {}
whatsapp: {api_version: "25", template: {languages: [english], default_language: de}}
fallback: {mode: sometimes, after: soon}
sms: {provider: pigeon, max_per_hour: 0}
admin: {api_keys: ["short-admin-key"]}
log: {leak_sensitive_values: true}
`))
	require.Error(t, err)
	for _, path := range []string{
		"secrets.cipher.0:", "secrets.lookup:", "serve.private.port:", "whatsap:", "whatsapp.api_version:",
		"whatsapp.template.languages.0:", "whatsapp.template.default_language:", "whatsapp.access_token:",
		"whatsapp.phone_number_id:", "whatsapp.app_secrets:", "whatsapp.verify_token:",
		"fallback.mode:", "fallback.after:", "sms.provider:", "sms.max_per_hour:", "kratos.api_keys:",
		"admin.api_keys.0:", "log.leak_sensitive_values:", "limits.per_number.max:", "serve.public.port:",
	} {
		require.Contains(t, err.Error(), path)
	}
	require.NotContains(t, err.Error(), "too-short-to-be-a-secret")
	require.NotContains(t, err.Error(), "short-admin-key")
}

// A list with a misspelt code would let pass what it was written to stop.
func TestCountriesAndPrefixesThatNoNumberHas(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]string{
		"limits: {countries: {refuse: [UK]}}":                                `limits.countries.refuse.0: no phone number has the country code "UK"; did you mean GB?`,
		"limits: {countries: {serve: [DE, uk]}}":                             `limits.countries.serve.1: no phone number has the country code "uk"; did you mean GB?`,
		"limits: {countries: {refuse: [de]}}":                                `did you mean DE?`,
		"fallback: {countries: {EL: sms_only}}":                              `fallback.countries.EL: no phone number has the country code "EL"; did you mean GR?`,
		"limits: {countries: {refuse: [XX]}}":                                "ISO 3166-1",
		"limits: {countries: {refuse: [GBR]}}":                               "ISO 3166-1",
		"limits: {prefixes: [{prefix: \"+044\", max: 1, window: 1h}]}":       "limits.prefixes.0.prefix: no phone number starts so",
		"sms: {prefixes: [{prefix: \"+999\", max: 1, window: 1h}]}":          "sms.prefixes.0.prefix: no phone number starts so",
		"limits: {prefixes: [{prefix: \"+44\", max: 1}]}":                    "limits.prefixes.0.window: must be longer than 0s",
		"limits: {refuse_kinds: [premium]}":                                  "limits.refuse_kinds.0",
		"limits: {prefixes: [{prefix: \"+44\", max: -1, window: 1h}]}":       "limits.prefixes.0.max",
		"limits: {prefixes: [{prefix: \"447700\", max: 1, window: \"1h\"}]}": "limits.prefixes.0.prefix",
	} {
		_, err := load(t, write(t, minimal), write(t, more))
		require.ErrorContains(t, err, want, more)
	}
	for _, more := range []string{
		"limits: {countries: {refuse: [GB, \"001\", RE], serve: [XK]}}",
		"fallback: {countries: {\"001\": whatsapp_only}}",
		"limits: {prefixes: [{prefix: \"+881\", max: 0}], refuse_kinds: [premium_rate, shared_cost, toll_free]}",
		"sms: {prefixes: [{prefix: \"+88213\", max: 0}]}",
	} {
		_, err := load(t, write(t, minimal), write(t, more))
		require.NoError(t, err, more)
	}
}

const withSMS = "sms: {provider: console}\n"

// Just enough time is enough, and who never falls back needs none.
func TestTimesThatFit(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]string{
		"numbers as long as keep": "keep: 24h",
		"numbers for an hour":     "keep_numbers: 1h",
		"a moment is left":        withSMS + "fallback: {mode: whatsapp_or_sms, overall: 289s}",
		"WhatsApp only":           "fallback: {overall: 1h, after: 1h}",
		"SMS only":                withSMS + "fallback: {mode: sms_only, overall: 1h}",
		"no country falls back":   withSMS + "fallback: {overall: 1h, countries: {BR: sms_only}}",
		"no rest, to the last ms": withSMS + "fallback: {mode: whatsapp_or_sms, overall: 4m59s999ms, min_rest: 0s}",
	} {
		_, err := load(t, write(t, minimal), write(t, more))
		require.NoError(t, err, name)
	}
}

func TestRulesAcrossSettings(t *testing.T) {
	for name, c := range map[string]struct{ more, says string }{
		"fallback without a provider":    {"fallback: {mode: whatsapp_or_sms}", "sms.provider: fallback.mode promises SMS"},
		"sms only without a provider":    {"fallback: {mode: sms_only}", "sms.provider"},
		"a country without a provider":   {"fallback: {countries: {BR: sms_only}}", "sms.provider: fallback.mode promises SMS"},
		"twilio without account":         {"sms: {provider: twilio}", "sms.twilio.account_sid"},
		"nobody may come in":             {"kratos: {api_keys: []}", "kratos.api_keys"},
		"half a basic pair":              {"kratos: {basic_auth: {username: kratos}}", "kratos.basic_auth"},
		"overall before after":           {"fallback: {after: 2m}", "fallback.overall"},
		"kept too shortly":               {"keep: 5m", "keep: must not be shorter"},
		"numbers longer than the rest":   {"keep: 24h\nkeep_numbers: 25h", "keep_numbers: must not be longer than keep"},
		"numbers too shortly":            {"keep_numbers: 5m", "keep_numbers: must not be shorter"},
		"numbers for no duration":        {"keep_numbers: long", "keep_numbers: "},
		"no life left to send":           {"fallback: {min_rest: 5m}", "fallback.min_rest"},
		"no time for SMS after WhatsApp": {withSMS + "fallback: {mode: whatsapp_or_sms, after: 30s, overall: 290s}", "fallback.overall: together with fallback.min_rest it must be shorter than kratos.code_lifespan"},
		"no time for SMS at all":         {withSMS + "fallback: {mode: whatsapp_or_sms, after: 290s, overall: 290s}", "fallback.after: together with fallback.min_rest it must be shorter than kratos.code_lifespan"},
		"no time for SMS in one country": {withSMS + "fallback: {countries: {BR: whatsapp_or_sms}, overall: 5m}", "fallback.overall: together"},
		"a text without the code":        {"fallback: {mode: whatsapp_or_sms}\nsms: {provider: console, texts: {en: hello}}", "sms.texts.en"},
	} {
		_, err := load(t, write(t, minimal), write(t, c.more))
		require.ErrorContains(t, err, c.says, name)
	}
}

// zero is a configuration with 0s at a path.
func zero(path string) string {
	keys := strings.Split(path, ".")
	text := "0s"
	for i := len(keys) - 1; i >= 0; i-- {
		text = fmt.Sprintf("{%s: %s}", keys[i], text)
	}
	return text
}

// durations lists the paths of all settings that are durations.
func durations(path string, node map[string]any) []string {
	var paths []string
	if pattern, _ := node["pattern"].(string); strings.Contains(pattern, "ms|s|m|h") {
		paths = append(paths, path)
	}
	properties, _ := node["properties"].(map[string]any)
	for name, child := range properties {
		paths = append(paths, durations(strings.TrimPrefix(path+"."+name, "."), child.(map[string]any))...)
	}
	return paths
}

// Each duration takes 0s and says what it means, or refuses it by its path.
func TestNoTimeAtAll(t *testing.T) {
	t.Parallel()
	allowed := []string{"kratos.retry_span", "fallback.min_rest", "fallback.absent_for", "fallback.supersede_after"}
	var schema map[string]any
	require.NoError(t, json.Unmarshal(Schema, &schema))
	paths := durations("", schema)
	require.Subset(t, paths, allowed)
	for _, path := range paths {
		_, err := load(t, write(t, minimal), write(t, zero(path)))
		if slices.Contains(allowed, path) {
			require.NoError(t, err, path)
			continue
		}
		require.ErrorContains(t, err, "  "+path+": must ", path)
	}
	_, err := load(t, write(t, minimal), write(t, `
limits: {prefixes: [{prefix: "+44", max: 5, window: 1h}, {prefix: "+1", max: 5, window: 0s}]}
sms: {prefixes: [{prefix: "+1", max: 5, window: 0h0m}]}
`))
	require.ErrorContains(t, err, "limits.prefixes.1.window: must be longer than 0s")
	require.ErrorContains(t, err, "sms.prefixes.0.window: must be longer than 0s")
}

// What follows from a fault of the same setting is not told.
func TestOneFaultIsToldOnce(t *testing.T) {
	t.Parallel()
	_, err := load(t, write(t, minimal), write(t, "whatsapp: {timeout: soon}"))
	var invalid *ConfigError
	require.ErrorAs(t, err, &invalid)
	require.Len(t, invalid.Faults, 1)
}

func TestUnreadableFiles(t *testing.T) {
	_, err := load(t, filepath.Join(t.TempDir(), "missing.yml"))
	require.ErrorContains(t, err, "missing.yml")
	folder := filepath.Join(t.TempDir(), "none")
	_, err = load(t, filepath.Join(folder, "courier.yml"))
	require.EqualError(t, err, "cannot read the configuration file: the folder "+folder+" does not exist")
	require.EqualError(t, writeAddresses(filepath.Join(folder, "addresses.json"), Addresses{}), "the folder "+folder+" does not exist")
	_, err = load(t, write(t, "dsn: memory\nsecrets:\n  lookup: a b: c\n"))
	require.ErrorContains(t, err, "courier.yml, line 3: ")
	for _, text := range []string{
		"whatsapp: [access_token: very-secret-value",
		"whatsapp: {access_token: *very-secret-value}",
		"whatsapp: {access_token: !!int very-secret-value}",
		"whatsapp: {access_token: !very-secret-value x}\n very-secret-value",
		"very-secret-value",
	} {
		_, err := load(t, write(t, text))
		require.ErrorContains(t, err, "courier.yml", text)
		require.NotContains(t, err.Error(), "secret-value", text)
	}
}

// The example shows every setting that the schema knows, and is valid.
func TestExampleIsComplete(t *testing.T) {
	_, err := load(t, filled(t, example)...)
	require.NoError(t, err)

	text, err := os.ReadFile(example)
	require.NoError(t, err)
	var shown map[string]any
	require.NoError(t, yaml.Unmarshal(text, &shown))
	var schema map[string]any
	require.NoError(t, json.Unmarshal(Schema, &schema))
	require.Equal(t, schemaLeaves(t, "", schema), yamlLeaves("", shown))
}

// What teams know from Kratos' own file.
func TestWordsOfTheNeighbour(t *testing.T) {
	t.Parallel()
	for _, more := range []string{
		"log: {level: warning}", "log: {level: trace}", "version: v1.3.1", "serve: {public: {host: \"[::1]\"}, private: {host: \"::1\"}}",
	} {
		_, err := load(t, write(t, minimal), write(t, more))
		require.NoError(t, err, more)
	}
}

// schemaLeaves lists the paths of all settings and checks that each has a
// description, and a default unless it must be given.
func schemaLeaves(t *testing.T, path string, node map[string]any) []string {
	t.Helper()
	require.NotEmpty(t, node["description"], path)
	properties, isObject := node["properties"].(map[string]any)
	if !isObject {
		// ory/x hands the same default map to every load, and the loads write into
		// it: maps have no default.
		if !strings.HasPrefix(path, "secrets.") && node["type"] != "object" {
			require.Contains(t, node, "default", path)
		}
		return []string{path}
	}
	var leaves []string
	for name, child := range properties {
		leaves = append(leaves, schemaLeaves(t, strings.TrimPrefix(path+"."+name, "."), child.(map[string]any))...)
	}
	sort.Strings(leaves)
	return leaves
}

func yamlLeaves(path string, node any) []string {
	children, isMap := node.(map[string]any)
	if !isMap || path == "sms.http.headers" || path == "sms.texts" || path == "fallback.countries" {
		return []string{path}
	}
	var leaves []string
	for name, child := range children {
		leaves = append(leaves, yamlLeaves(strings.TrimPrefix(path+"."+name, "."), child)...)
	}
	sort.Strings(leaves)
	return leaves
}

func FuzzLoadConfig(f *testing.F) {
	f.Add(minimal)
	f.Add("secrets: {cipher: [1], lookup: []}")
	f.Add("serve: {private: {port: x}}\nsms: {texts: {en: [], 1: 2}}")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		if c, err := load(t, write(t, text)); err == nil {
			require.NotEmpty(t, c.Secrets.Lookup)
		}
	})
}
