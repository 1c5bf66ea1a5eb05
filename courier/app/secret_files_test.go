package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// secretFile is a file with a text.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestSecretsComeFromFilesThatTheConfigurationNames(t *testing.T) {
	t.Parallel()
	key := secretFile(t, "a-key-from-a-file-1\n")
	c, err := load(t, write(t, minimal), write(t, `
dsn: "file://`+secretFile(t, "sqlite://from-a-file.db")+`"
secrets: {cipher: ["file://`+secretFile(t, strings.Repeat("first", 8)+"\r\n")+`", "`+strings.Repeat("second", 8)+`"]}
kratos: {basic_auth: {username: kratos, password: "file://`+secretFile(t, "päss word")+`"}}
admin: {api_keys: ["file://`+key+`", {name: anna, key: "file://`+key+`"}]}
whatsapp: {access_token: "file://`+secretFile(t, "EAAtoken\n\n")+`"}
sms:
  http: {headers: {X-Key: "file://`+key+`"}}
  routes: [{provider: twilio, twilio: {account_sid: AC1, from: "+12025550100", auth_token: "file://`+key+`"}}]
`))
	require.NoError(t, err)
	require.Equal(t, "sqlite://from-a-file.db", c.DSN)
	require.Equal(t, []string{strings.Repeat("first", 8), strings.Repeat("second", 8)}, secret.RevealAll(c.Secrets.Cipher))
	require.Equal(t, "päss word", c.Kratos.BasicAuth.Password.Reveal())
	require.Equal(t, []AdminKey{{Key: "a-key-from-a-file-1", plain: true}, {Name: "anna", Key: "a-key-from-a-file-1"}}, c.Admin.APIKeys)
	require.Equal(t, "EAAtoken", c.WhatsApp.AccessToken.Reveal())
	require.Equal(t, "a-key-from-a-file-1", c.SMS.HTTP.Headers["X-Key"].Reveal())
	require.Equal(t, "a-key-from-a-file-1", c.SMS.Routes[0].Twilio.AuthToken.Reveal())
}

func TestSecretsComeFromFilesThatVariablesName(t *testing.T) {
	t.Setenv("DSN_FILE", secretFile(t, "sqlite://from-a-file.db\n"))
	t.Setenv("WHATSAPP_ACCESS_TOKEN_FILE", secretFile(t, "EAAtoken\n"))
	t.Setenv("WHATSAPP_APP_SECRETS_FILE", secretFile(t, "first\nsecond,third\n"))
	t.Setenv("ADMIN_API_KEYS_FILE", secretFile(t, `[{"name": "anna", "key": "the-key-of-anna-1"}]`))
	t.Setenv("KRATOS_BASIC_AUTH_PASSWORD_FILE", "")
	t.Setenv("LOG_LEVEL_FILE", "/no/such/file")
	c, err := load(t, write(t, minimal))
	require.NoError(t, err)
	require.Equal(t, "sqlite://from-a-file.db", c.DSN)
	require.Equal(t, "EAAtoken", c.WhatsApp.AccessToken.Reveal())
	require.Equal(t, []string{"first", "second", "third"}, secret.RevealAll(c.WhatsApp.AppSecrets))
	require.Equal(t, []AdminKey{{Name: "anna", Key: "the-key-of-anna-1"}}, c.Admin.APIKeys)
	require.Contains(t, c.unknownVariables, "LOG_LEVEL_FILE", "a file is for secrets only")
	require.NotContains(t, c.unknownVariables, "WHATSAPP_ACCESS_TOKEN_FILE")
}

// The setting and the path are named, and never what stands in the file.
func TestFaultsOfSecretFiles(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none", "token")
	folder := t.TempDir()
	empty, binary, long := secretFile(t, "\n"), secretFile(t, "\xff\xfe-hidden"), secretFile(t, strings.Repeat("hidden", 20_000))
	short := secretFile(t, "hidden")
	nested := secretFile(t, "file:///etc/hidden")
	for file, says := range map[string]string{
		missing:                       "whatsapp.access_token: cannot read the secret: the folder " + filepath.Dir(missing) + " does not exist",
		folder:                        "whatsapp.access_token: cannot read the secret: read " + folder + ": is a directory",
		empty:                         "whatsapp.access_token: the file " + empty + " is empty",
		binary:                        "whatsapp.access_token: the file " + binary + " is no text",
		long:                          "whatsapp.access_token: the file " + long + " has more than 64 KiB",
		secretFile(t, "EAA hid\tden"): "whatsapp.access_token: has a character in it that cannot be seen",
		secretFile(t, " hidden"):      "whatsapp.access_token: has white space",
		secretFile(t, "replace-me"):   "whatsapp.access_token: is still the example's",
	} {
		_, err := load(t, write(t, minimal), write(t, `whatsapp: {access_token: "file://`+file+`"}`))
		var invalid *ConfigError
		require.ErrorAs(t, err, &invalid, says)
		require.Len(t, invalid.Faults, 1)
		require.Contains(t, invalid.Faults[0], says)
		require.NotContains(t, err.Error(), "hidden")
	}
	_, err := load(t, write(t, minimal), write(t, `secrets: {lookup: "file://`+short+`"}`))
	require.ErrorContains(t, err, "secrets.lookup: must have at least 32 characters")
	c, err := load(t, write(t, minimal), write(t, `whatsapp: {access_token: "file://`+nested+`"}`))
	require.NoError(t, err)
	require.Equal(t, "file:///etc/hidden", c.WhatsApp.AccessToken.Reveal(), "a secret names no further file")

	t.Setenv("WHATSAPP_VERIFY_TOKEN", "hidden-too")
	t.Setenv("WHATSAPP_VERIFY_TOKEN_FILE", short)
	t.Setenv("KRATOS_API_KEYS_FILE", missing)
	_, err = load(t, write(t, minimal))
	require.ErrorContains(t, err, "whatsapp.verify_token: the environment has both WHATSAPP_VERIFY_TOKEN and WHATSAPP_VERIFY_TOKEN_FILE; unset one of them")
	require.ErrorContains(t, err, "kratos.api_keys: the environment variable KRATOS_API_KEYS_FILE: cannot read the secret: the folder")
	require.NotContains(t, err.Error(), "hidden")
}

// Each secret of the schema may stand in a file that a variable names, but for those of
// which there may be any number.
func TestEverySecretMayComeFromAFile(t *testing.T) {
	t.Parallel()
	require.Equal(t, map[string]bool{
		"dsn": false, "secrets.cipher": true, "secrets.lookup": false,
		"kratos.api_keys": true, "kratos.admin_token": false, "kratos.basic_auth.password": false, "admin.api_keys": true,
		"whatsapp.access_token": false, "whatsapp.app_secrets": true, "whatsapp.verify_token": false, "whatsapp.proxy_url": false,
		"sms.proxy_url": false, "sms.twilio.auth_token": false, "sms.twilio.callback_auth_tokens": true,
		"tracing.providers.otlp.authorization_header": false,
		"sms.http.auth.config.value":                  false, "sms.http.auth.config.password": false,
		"sms.http.callback.api_keys": true, "sms.http.callback.basic_auth.password": false,
	}, secretSettings())
}

func FuzzSplitSecrets(f *testing.F) {
	f.Add("a,b\nc")
	f.Add(`["a", {"key": 1}]`)
	f.Add("\"a\n")
	f.Fuzz(func(t *testing.T, text string) {
		if json.Valid([]byte(text)) {
			return // whatever it is, the schema judges it
		}
		for _, item := range splitSecrets(text) {
			require.NotContains(t, item, "\n")
		}
	})
}
