package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// Whatever a team copies and leaves as it is, everyone can read.
func TestSecretsOfExamplesAreRefused(t *testing.T) {
	t.Parallel()
	presets, err := filepath.Glob("../../deploy/sms/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, presets)
	for _, file := range append(presets, example) {
		base := filled(t, example)
		good, err := load(t, append(base, filled(t, file)...)...)
		require.NoError(t, err, file)
		var want []string
		for _, path := range listed(t, file) {
			if good.texts()[path].secret && path != "sms.http.headers.Content-Type" {
				want = append(want, path)
			}
		}
		require.NotEmpty(t, want, file)

		_, err = load(t, append(base, file)...)
		var invalid *ConfigError
		require.ErrorAs(t, err, &invalid, file)
		var paths []string
		for _, fault := range invalid.Faults {
			path, text, _ := strings.Cut(fault, ": ")
			paths = append(paths, path)
			require.Regexp(t, `^is still the example's; (make one with: openssl rand -hex (16|32)|take )`, text, path)
		}
		require.ElementsMatch(t, want, paths, file)
	}
	// The README's have names instead of numbers, too.
	_, err = load(t, guideExample(t))
	for _, path := range []string{
		"secrets.cipher.0", "secrets.lookup", "kratos.api_keys.0", "admin.api_keys.0", "whatsapp.access_token",
		"whatsapp.app_secrets.0", "whatsapp.verify_token", "sms.twilio.auth_token",
	} {
		require.ErrorContains(t, err, "  "+path+": is still the example's; ")
	}
	for _, value := range []string{"<openssl rand -hex 32>", "EAA...", "...", "ChangeMe", "REPLACE_ME", kratosExampleKey(t)} {
		_, err := load(t, write(t, minimal), write(t, "kratos: {basic_auth: {username: kratos, password: \""+value+"\"}}"))
		require.ErrorContains(t, err, "kratos.basic_auth.password: is still the example's")
		require.NotContains(t, err.Error(), value)
	}
}

// listed are the paths of all values in a YAML file that are not empty.
func listed(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var document any
	require.NoError(t, yaml.Unmarshal(text, &document))
	return values("", document)
}

func values(path string, node any) []string {
	var paths []string
	switch node := node.(type) {
	case map[string]any:
		for name, child := range node {
			paths = append(paths, values(below(path, name), child)...)
		}
	case []any:
		for i, child := range node {
			paths = append(paths, values(below(path, strconv.Itoa(i)), child)...)
		}
	default:
		if node != "" {
			paths = append(paths, path)
		}
	}
	return paths
}

// guideExample is the configuration that the guide tells people to write.
func guideExample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/GUIDE.md")
	require.NoError(t, err)
	found := regexp.MustCompile("(?s)```yaml\n# courier.yml\n(dsn: .*?)```").FindSubmatch(text)
	require.NotNil(t, found)
	return write(t, string(found[1]))
}

// kratosExampleKey is the key in our example of Kratos' configuration.
func kratosExampleKey(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/kratos/kratos.yml")
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^ +value: (\S+)$`).FindSubmatch(text)
	require.NotNil(t, found)
	return string(found[1])
}

// Anyone can sign webhooks with the secrets that mockmeta's README shows.
func TestSecretsOfMockmetaAreForMocksOnly(t *testing.T) {
	t.Parallel()
	const mocks = `
whatsapp: {access_token: mock-access-token, app_secrets: [mock-app-secret], verify_token: mock-verify-token}
sms: {twilio: {auth_token: mock-twilio-token}}
`
	_, err := load(t, write(t, minimal), write(t, mocks))
	var invalid *ConfigError
	require.ErrorAs(t, err, &invalid)
	for i, path := range []string{"sms.twilio.auth_token", "whatsapp.access_token", "whatsapp.app_secrets.0", "whatsapp.verify_token"} {
		require.Contains(t, invalid.Faults[i], path+": is the one that mockmeta has by default, but base_url is the real provider's; ")
	}
	require.Len(t, invalid.Faults, 4)
	_, err = load(t, write(t, minimal), write(t, mocks), write(t, `
whatsapp: {base_url: "http://mockmeta:4490"}
sms: {twilio: {base_url: "http://127.0.0.1:4490"}}
`))
	require.NoError(t, err)
}

// What a file or a shell leaves behind a secret makes it another one.
func TestSecretsAndNamesHaveNothingAroundThem(t *testing.T) {
	t.Parallel()
	full, err := load(t, filled(t, example)...)
	require.NoError(t, err)
	full.SMS.HTTP.Headers = map[string]secret.Text{"X-Key": "key"}
	full.SMS.Twilio.CallbackAuthTokens = []secret.Text{"old"}
	full.SMS.HTTP.Callback.APIKeys = []secret.Text{"callback-key"}
	paths := slices.Collect(maps.Keys(full.texts()))
	require.Subset(t, paths, []string{
		"secrets.cipher.0", "secrets.lookup", "kratos.api_keys.0", "kratos.basic_auth.password", "admin.api_keys.0",
		"whatsapp.access_token", "whatsapp.app_secrets.0", "whatsapp.verify_token", "whatsapp.phone_number_id",
		"sms.twilio.auth_token", "sms.twilio.callback_auth_tokens.0", "sms.twilio.from", "sms.http.headers.X-Key",
		"sms.http.auth.config.value", "sms.http.auth.config.password", "sms.http.callback.api_keys.0",
		"sms.http.callback.basic_auth.password", "dsn", "whatsapp.base_url", "sms.twilio.callback_url", "sms.http.url",
		"whatsapp.template.languages.0", "log.level",
	})
	require.NotContains(t, paths, "sms.texts.en", "people may read what they like")
	for path, value := range map[string]string{
		"whatsapp.access_token":      "EAAtoken",
		"whatsapp.verify_token":      "v-t-o-k",
		"secrets.lookup":             "9876543210987654321098765432109876543210",
		"kratos.basic_auth.password": "p-a-s-s",
		"sms.twilio.auth_token":      "t-o-k",
		"sms.twilio.from":            "+12025550100",
		"sms.twilio.account_sid":     "AC00000000000000000000000000000000",
		"sms.twilio.callback_url":    "https://otp.example.com/webhooks/sms/twilio",
		"dsn":                        "sqlite://courier.db",
	} {
		for _, around := range []string{"%s\\n", " %s", "%s\\t", "\\r\\n%s"} {
			text := fmt.Sprintf(strings.ReplaceAll(around, "\\\\", "\\"), value)
			more := nested(path, `"`+text+`"`)
			_, err := load(t, write(t, minimal), write(t, more))
			require.ErrorContains(t, err, path+": has white space or a line break around it", more)
			require.NotContains(t, err.Error(), value)
		}
		for _, unseen := range []string{"\\n", "\\u200B", "\\uFEFF"} {
			_, err := load(t, write(t, minimal), write(t, nested(path, `"`+value[:3]+unseen+value[3:]+`"`)))
			require.ErrorContains(t, err, path+": has a character in it that cannot be seen", "%q", unseen)
		}
	}
}

// Lists in the environment are often written with spaces, which would be part of
// the key.
func TestKeysInTheEnvironmentHaveNothingAroundThem(t *testing.T) {
	t.Setenv("ADMIN_API_KEYS", "first-key-of-admin, second-key-of-admin")
	_, err := load(t, write(t, minimal))
	require.ErrorContains(t, err, "admin.api_keys.1: has white space or a line break around it")
}

// nested is a configuration with a value at a path.
func nested(path, value string) string {
	keys := strings.Split(path, ".")
	for i := len(keys) - 1; i >= 0; i-- {
		value = fmt.Sprintf("{%s: %s}", keys[i], value)
	}
	return value
}

func TestConfigDoesNotPrintItsSecrets(t *testing.T) {
	c, err := load(t, write(t, minimal))
	require.NoError(t, err)
	asJSON, err := json.Marshal(c)
	require.NoError(t, err)
	printed := fmt.Sprintf("%v %+v %#v %v %s %s", c, *c, c, c.WhatsApp, c.Secrets, asJSON)
	for _, secret := range []string{"0123456789012345", "9876543210987654", "a-key-for-kratos", "a-token", "an-app-secret", "a-verify-token"} {
		require.NotContains(t, printed, secret)
	}
}
