package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// runConfig runs `config` with these arguments and returns its exit status and what it
// wrote.
func runConfig(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, said bytes.Buffer
	status = Main(t.Context(), "v1", append([]string{"config"}, args...), &out, &said)
	return status, out.String(), said.String()
}

func TestConfigPrintSaysWhereEachValueComesFrom(t *testing.T) {
	token := secretFile(t, "EAA-hidden-token\n")
	cipher := secretFile(t, strings.Repeat("hidden", 8))
	t.Setenv("WHATSAPP_ACCESS_TOKEN_FILE", token)
	t.Setenv("FALLBACK_AFTER", "20s")
	t.Setenv("SERVE_TRUSTED_PROXIES", "10.0.0.0/8,127.0.0.1")
	base, over := write(t, minimal), write(t, `
secrets: {cipher: ["file://`+cipher+`", "`+strings.Repeat("hidden-too", 5)+`"]}
log: {level: debug}
sms: {http: {headers: {X-Api.Key: hidden, X-Empty: ""}}}
`)
	status, out, said := runConfig(t, "print", "--config", base, "-c", over)
	require.Zero(t, status, said)
	for _, line := range []string{
		"  level: debug # file " + over,
		"  format: text # default",
		"  phone_number_id: \"106540352242922\" # file " + base,
		"  access_token: '[redacted]' # secret file " + token,
		"    - '[redacted]' # secret file " + cipher,
		"    - '[redacted]' # file " + over,
		"  after: 20s # environment FALLBACK_AFTER",
		"    - 10.0.0.0/8 # environment SERVE_TRUSTED_PROXIES",
		"    port: 4480 # default",
		"      X-Api.Key: '[redacted]' # file " + over,
		"      X-Empty: \"\" # file " + over,
		"  prefixes: [] # default",
	} {
		require.Contains(t, out, line+"\n")
	}
	require.NotContains(t, out, "hidden")
	again, err := load(t, write(t, strings.ReplaceAll(out, "[redacted]", strings.Repeat("x", 40))))
	require.NoError(t, err, "what is printed is a configuration")
	require.Equal(t, "debug", again.Log.Level)

	status, out, _ = runConfig(t, "print", "-c", base, "-c", over, "--format", "json")
	require.Zero(t, status)
	var list []printedSetting
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	require.Contains(t, list, printedSetting{"serve.private.port", 4480.0, "default", ""})
	require.Contains(t, list, printedSetting{"whatsapp.access_token", hidden, "secret_file", token})
	require.Contains(t, list, printedSetting{"fallback.after", "20s", "environment", "FALLBACK_AFTER"})
	require.NotContains(t, out, "hidden")
}

// Whatever a team may have written into its configuration as a secret stays there, and
// so does a number.
func TestConfigPrintShowsNoSecret(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(example)
	require.NoError(t, err)
	full := write(t, strings.ReplaceAll(string(text), "replace-me", "canary"))
	more := write(t, `
dsn: "postgres://courier:canary-1@db:5432/courier?sslmode=verify-full&password=canary-2"
kratos: {basic_auth: {username: kratos, password: canary-3}}
admin: {api_keys: [canary-4-canary-4, {name: anna, key: canary-5-canary-5}]}
whatsapp: {proxy_url: "http://user:canary-6@proxy.example.com:3128"}
sms:
  twilio: {from: "+12025550100", callback_auth_tokens: [canary-7]}
  http:
    url: "https://sms.example.com/send?key=canary-8"
    headers: {X-Key: canary-9}
    auth: {type: basic_auth, config: {user: u, password: canary-10}}
    body: "function(ctx) {key: 'canary-11', code: ctx.code}"
    callback: {api_keys: [canary-12-canary-12]}
`)
	for _, format := range []string{"yaml", "json"} {
		status, out, said := runConfig(t, "print", "-c", full, "-c", more, "--format", format)
		require.Zero(t, status, said)
		require.NotContains(t, out, "canary", format)
		require.NotContains(t, out, "2025550100", format)
		for _, shown := range []string{"courier:redacted@db:5432/courier", "https://sms.example.com/send?key=redacted", "anna", "kratos"} {
			require.Contains(t, out, shown, format)
		}
	}
}

// A misspelt setting may be a secret.
func TestConfigPrintShowsNothingOfAFaultyConfiguration(t *testing.T) {
	t.Parallel()
	status, out, said := runConfig(t, "print", "-c", write(t, minimal), "-c", write(t, "whatsapp: {acess_token: canary}"))
	require.Equal(t, 1, status)
	require.Empty(t, out)
	require.Contains(t, said, "whatsapp.acess_token: there is no such setting")
	require.NotContains(t, said, "canary")
}

func TestConfigCheck(t *testing.T) {
	t.Setenv("FALLBACK_AFTR", "1s")
	t.Setenv("DSN", "sqlite://courier.db")
	good := write(t, minimal)
	for name, c := range map[string]struct {
		args   []string
		status int
		says   []string
	}{
		"valid":   {[]string{"-c", good}, 0, []string{"ok ", "configuration  valid", "FALLBACK_AFTR  the variable looks like a setting and is none"}},
		"strict":  {[]string{"-c", good, "--strict"}, 1, []string{"warning  FALLBACK_AFTR"}},
		"faults":  {[]string{"-c", good, "-c", write(t, "log: {level: loud}\nkeep: 1s")}, 2, []string{"log.level  must be one of", "keep       must not be shorter"}},
		"no file": {[]string{"-c", filepath.Join(t.TempDir(), "none.yml")}, 3, []string{"none.yml"}},
		"no YAML": {[]string{"-c", write(t, "a: [")}, 3, []string{"must be valid YAML"}},
		"format":  {[]string{"-c", good, "--format", "xml"}, 3, []string{"--format"}},
		"unknown": {[]string{"--no-such"}, 3, []string{"--no-such"}},
		"JSON":    {[]string{"-c", good, "-c", write(t, "keep: 1s"), "--format", "json"}, 2, []string{`"where": "keep"`, `"severity": "error"`}},
		"no mode": {[]string{"-c", good, "-c", write(t, "fallback: {mode: later}")}, 2, []string{"fallback.mode"}},
	} {
		status, out, said := runConfig(t, append([]string{"check"}, c.args...)...)
		require.Equal(t, c.status, status, name)
		for _, text := range c.says {
			require.Contains(t, out+said, text, name)
		}
	}
	t.Setenv("DSN", "ftp://nowhere")
	status, out, _ := runConfig(t, "check", "-c", good)
	require.Equal(t, 2, status)
	require.Contains(t, out, `dsn  `)
	t.Setenv("DSN", "memory")
	status, out, _ = runConfig(t, "check", "-c", good)
	require.Zero(t, status)
	require.Contains(t, out, "warning  dsn")
}

// Where each value comes from is found for every setting that the example has.
func TestEveryPrintedSettingOfTheExampleComesFromIt(t *testing.T) {
	t.Parallel()
	files := filled(t, example)
	c, err := load(t, files...)
	require.NoError(t, err)
	var document map[string]any
	text, err := yaml.Marshal(c.read.yaml())
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &document))
	var schema map[string]any
	require.NoError(t, json.Unmarshal(Schema, &schema))
	require.Equal(t, schemaLeaves(t, "", schema), yamlLeaves("", document))
	for _, s := range c.read.printedSettings() {
		require.Equal(t, origin{fromFile, files[0]}, origin{s.Origin, s.From}, s.Path)
	}
}
