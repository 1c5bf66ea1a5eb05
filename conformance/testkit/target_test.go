package testkit

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	deploy "github.com/kratos-whatsapp/kratos-whatsapp/deploy/kratos"
)

// wired is the configuration of a Kratos that posts to a target.
func wired(t *testing.T, described *target.Target) (Config, string) {
	t.Helper()
	c := &Courier{target: described}
	config, err := kratosConfig(c.Wire(KratosOptions{Configure: func(c Config) { c.Set("log.level", "trace") }}), t.TempDir())
	require.NoError(t, err)
	raw, err := yaml.Marshal(map[string]any(config))
	require.NoError(t, err)
	return config, string(raw)
}

func TestKratosPostsToATarget(t *testing.T) {
	t.Parallel()
	config, text := wired(t, &target.Target{
		Messages: target.Endpoint{URL: "http://c/m", Header: "X-Secret", Value: "v"}, Events: &target.Endpoint{URL: "http://c/e"},
	})
	channel := config.Get("courier.channels").([]any)[0].(map[string]any)["request_config"].(map[string]any)
	require.Equal(t, "http://c/m", channel["url"])
	require.Equal(t, map[string]any{"in": "header", "name": "X-Secret", "value": "v"}, channel["auth"].(map[string]any)["config"])
	require.Contains(t, text, "http://c/e")
	require.NotContains(t, text, "/kratos/", "no URL of our courier is left")
	require.Equal(t, "trace", config.Get("log.level"), "what else was wanted")
}

func TestATargetWithoutEventsGetsNoWebHooks(t *testing.T) {
	t.Parallel()
	_, text := wired(t, &target.Target{Messages: target.Endpoint{URL: "http://c/m"}})
	require.NotContains(t, text, "web_hook")
	require.NotContains(t, text, "/kratos/")
	require.NotContains(t, text, "api_key", "it wants no header")
	require.Contains(t, text, "hook: session", "other hooks stay")
}

func TestOurCourierIsWiredAsEver(t *testing.T) {
	t.Parallel()
	c := &Courier{PrivateURL: "http://ours", KratosKey: "key"}
	require.Equal(t, KratosOptions{CourierURL: "http://ours", CourierKey: "key"}, c.Wire(KratosOptions{}))
	require.Equal(t, "http://tap", c.Wire(KratosOptions{CourierURL: "http://tap"}).CourierURL)
	require.False(t, c.Foreign())
}

func TestWhatRunsAlreadyHasToAnswer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := "http://" + l.Addr().String()
	l.Close()
	stranger := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(stranger.Close)
	err = CheckTarget(t.Context(), &target.Target{
		Messages: target.Endpoint{URL: nobody}, Mock: &target.Mock{Control: stranger.URL},
		Kratos: &target.Kratos{Public: nobody, Admin: stranger.URL},
	})
	for _, fault := range []string{
		"mock.control: there is no mockmeta at " + stranger.URL, "kratos.admin: no Kratos is ready at " + stranger.URL,
		"kratos.public: no login begins at " + nobody, "messages.url: nothing answers",
	} {
		require.ErrorContains(t, err, fault)
	}
	require.NoError(t, CheckTarget(t.Context(), &target.Target{Start: &target.Start{}}))
}

// kratosWith is what answers like a Kratos with one identity schema.
func kratosWith(t *testing.T, schema string) *target.Kratos {
	t.Helper()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/schemas" {
			_, _ = io.WriteString(w, "{}")
			return
		}
		_, _ = io.WriteString(w, `[{"id": "people", "schema": `+schema+`}]`)
	})
	return &target.Kratos{Public: url, Admin: url}
}

func TestAKratosWithoutThePhoneIsNone(t *testing.T) {
	t.Parallel()
	check := func(schema string) error {
		return CheckTarget(t.Context(), &target.Target{Start: &target.Start{}, Kratos: kratosWith(t, schema)})
	}
	raw, err := deploy.Files.ReadFile("identity.schema.json")
	require.NoError(t, err)
	require.NoError(t, check(string(raw)))
	for _, other := range []string{
		`{}`,
		`{"properties": {"traits": []}}`,
		strings.Replace(string(raw), `"via": "sms"`, `"via": "email"`, 1),
		strings.Replace(string(raw), `"identifier": true`, `"identifier": false`, 1),
		strings.Replace(string(raw), `"phone": {`, `"mobile": {`, 1),
	} {
		require.ErrorContains(t, check(other), "nobody logs in by phone there", other)
	}
}
