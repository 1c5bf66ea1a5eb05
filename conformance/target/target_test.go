package target_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

func load(t *testing.T, text string) (*target.Target, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "target.yml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return target.Load(file, []string{"fallback", "webhook", "events"})
}

// all is the example with what stands in comments.
func all() string {
	text := target.Example
	for _, key := range []string{"events:", "  url: http://127.0.0.1:{{.Port}}/events", "  header: X-API-Key", "  value: ", "webhook: "} {
		text = strings.Replace(text, "# "+key, key, 1)
	}
	return strings.Replace(text, "claims: []", "claims: [webhook, events]", 1)
}

func TestTheExampleIsATarget(t *testing.T) {
	t.Parallel()
	got, err := load(t, target.Example)
	require.NoError(t, err)
	require.Equal(t, []string{"files", "health", "kratos", "messages", "one-process", "own-kratos", "start", "tap"}, got.Access())
	require.False(t, got.Shared())
	got, err = load(t, all())
	require.NoError(t, err)
	require.Equal(t, []string{"events", "files", "health", "kratos", "messages", "one-process", "own-kratos", "start", "tap", "webhook"}, got.Access())
}

func TestValuesAreFilledIn(t *testing.T) {
	t.Parallel()
	was, err := load(t, all())
	require.NoError(t, err)
	got, err := target.Values{Port: 1234, PublicPort: 1235, Key: "the key", GraphURL: "http://graph"}.Fill(was)
	require.NoError(t, err)
	require.Equal(t, target.Endpoint{URL: "http://127.0.0.1:1234/messages", Header: "X-API-Key", Value: "the key"}, got.Messages)
	require.Equal(t, "http://127.0.0.1:1234/events", got.Events.URL)
	require.Equal(t, "http://127.0.0.1:1235/webhook", got.Webhook)
	require.Equal(t, "http://graph", got.Start.Env["GRAPH_URL"])
	require.Equal(t, "http://127.0.0.1:1234/health", got.Start.Ready)
	require.Contains(t, was.Start.Env["GRAPH_URL"], "{{", "the target itself is as it was")
	require.Contains(t, was.Events.URL, "{{")
}

func TestATargetThatRunsAlready(t *testing.T) {
	t.Parallel()
	running := "target: 1\nname: n\nmessages: {url: 'http://c/m'}\nmock: {api: 'http://a', control: 'http://b'}\n"
	got, err := load(t, running+"kratos: {public: 'http://p', admin: 'http://q'}\n")
	require.NoError(t, err)
	require.True(t, got.Shared())
	require.Equal(t, []string{"kratos", "messages"}, got.Access(), "the suite starts no Kratos there")
	tapped := running + "kratos: {public: 'http://p', admin: 'http://q'}\ntap: 127.0.0.1:4479\n"
	got, err = load(t, tapped)
	require.NoError(t, err)
	require.Equal(t, []string{"kratos", "messages", "tap"}, got.Access(), "Kratos posts to the suite")
	for fault, change := range map[string][2]string{
		"tap: \"127.0.0.1\" is no address":    {"127.0.0.1:4479", "127.0.0.1"},
		"tap: \"127.0.0.1:0\" is no address":  {":4479", ":0"},
		"tap: the suite starts Kratos":        {"kratos: {public: 'http://p', admin: 'http://q'}\n", ""},
		"tap: messages and events are on two": {"tap:", "events: {url: 'http://d/e'}\ntap:"},
	} {
		_, err = load(t, strings.Replace(tapped, change[0], change[1], 1))
		require.ErrorContains(t, err, fault)
	}
	_, err = load(t, strings.Replace(running, "http://c/m", "http://c:{{.Port}}/m", 1))
	require.ErrorContains(t, err, "messages.url: the target runs already")
}

func TestFaultsHaveTheirKey(t *testing.T) {
	t.Parallel()
	for fault, change := range map[string][2]string{
		"field titel not found":               {"name: my", "titel: my"},
		"format of the file is 1, not 2":      {"target: 1", "target: 2"},
		"name: a report says":                 {"name: my-courier", "name:"},
		"start.command: name a program":       {"[node, server.js]", "[]"},
		`claims: there is no "faallback"`:     {"claims: []", "claims: [faallback]"},
		"webhook: it is claimed":              {"claims: []", "claims: [webhook]"},
		"events: they are claimed":            {"claims: []", "claims: [events]"},
		`messages.url: "127.0.0.1:0/messages`: {"url: http://127.0.0.1:{{.Port}}/messages", "url: 127.0.0.1:{{.Port}}/messages"},
		"start.env.PORT: template":            {`PORT: "{{.Port}}"`, `PORT: "{{.Prot}}"`},
		"start.command[1]: template":          {"server.js", `"{{"`},
		"the suite starts the target":         {"# mock:\n#   api: http://127.0.0.1:4490\n#   control: http://127.0.0.1:4491", "mock: {api: 'http://a', control: 'http://b'}"},
	} {
		require.Contains(t, target.Example, change[0])
		_, err := load(t, strings.Replace(target.Example, change[0], change[1], 1))
		require.ErrorContains(t, err, fault)
	}
	_, err := load(t, "target: 1\nname: n\nmessages: {url: 'http://c/m'}\n")
	require.ErrorContains(t, err, "mock: the target runs already")
	_, err = target.Load("/no/such/file", nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestSettingsAreOfferedByUsingThem(t *testing.T) {
	t.Parallel()
	text := strings.Replace(target.Example, `PORT: "{{.Port}}"`, `PORT: "{{.Port}}"
    WINDOW: "{{.LimitWindow}}"`, 1)
	text = strings.Replace(text, "server.js", `server.js, "--budget={{ .SMSBudget }}"`, 1)
	text = strings.Replace(text, "keeps_state: false", "keeps_state: true", 1)
	got, err := load(t, text)
	require.NoError(t, err)
	require.Subset(t, got.Access(), []string{"limit-window", "sms-budget", "process"})
	require.NotContains(t, got.Access(), "probe-time")
}

func TestTheExampleNamesEachSetting(t *testing.T) {
	t.Parallel()
	for setting := range reflect.TypeFor[target.Settings]().Fields() {
		require.Contains(t, target.Example, "{{."+setting.Name+"}}")
	}
}

func TestChangedSettings(t *testing.T) {
	t.Parallel()
	got := target.Usual().With(target.Settings{LimitWindow: "2s"})
	require.Equal(t, "2s", got.LimitWindow)
	require.Equal(t, target.Usual().FallbackAfter, got.FallbackAfter, "the rest is as usual")
	require.Equal(t, []string{"limit-window"}, target.Settings{LimitWindow: "2s"}.Access())
	require.Empty(t, target.Settings{}.Access())
}

func TestBehindAProxy(t *testing.T) {
	t.Parallel()
	filled, err := target.Values{Port: 1234}.Fill(&target.Target{
		Messages: target.Endpoint{URL: "http://127.0.0.1:{{.Port}}/a/messages"}, Events: &target.Endpoint{URL: "http://127.0.0.1:{{.Port}}/events?x=1"},
	})
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:1234", filled.Base())
	behind := filled.Behind("http://tap")
	require.Equal(t, "http://tap/a/messages", behind.Messages.URL)
	require.Equal(t, "http://tap/events?x=1", behind.Events.URL)
	require.Equal(t, "http://127.0.0.1:1234/events?x=1", filled.Events.URL, "the target itself is as it was")
	filled.Events.URL = "http://127.0.0.1:4321/events"
	require.NotContains(t, filled.Access(), "tap", "one proxy cannot stand before two hosts")
}
