package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// provider is WhatsApp or one of the SMS providers.
type provider struct {
	channel courier.Channel
	// at points the configuration to a server.
	at func(c *Config, url string)
}

// providers are all that make requests.
func providers() map[string]provider {
	return map[string]provider{
		"meta": {courier.WhatsApp, func(c *Config, url string) { c.WhatsApp.BaseURL = url }},
		"twilio": {courier.SMS, func(c *Config, url string) {
			c.SMS.Provider, c.SMS.Twilio.BaseURL = "twilio", url
		}},
		"http": {courier.SMS, func(c *Config, url string) {
			c.SMS.Provider, c.SMS.HTTP.URL, c.SMS.HTTP.Body = "http", url, "function(ctx) {}"
		}},
	}
}

// sendBy sends a message by the provider, wherever it gets.
func sendBy(t *testing.T, by provider, c *Config) error {
	t.Helper()
	jsonnet, err := newJsonnet()
	require.NoError(t, err)
	defer jsonnet.Close()
	made, err := newSenders(c, Options{Version: "v1.2.3"}, jsonnet)
	require.NoError(t, err)
	sender := courier.Sender(made.whatsapp[0])
	if by.channel == courier.SMS {
		sender = made.sms[0]
	}
	to, err := courier.ParsePhone("+12025550143")
	require.NoError(t, err)
	code, err := courier.NewCode("135790")
	require.NoError(t, err)
	_, err = sender.Send(t.Context(), courier.Outgoing{
		To: to, Code: code, Purpose: courier.Login, Reference: courier.Reference(courier.ID{}, 1), Life: time.Minute,
	})
	return err
}

func TestProvidersAreToldWhoAsks(t *testing.T) {
	t.Parallel()
	for name, by := range providers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan http.Header, 2)
			s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.Header }))
			defer s.Close()
			c := config(t)
			by.at(c, s.URL)
			err := sendBy(t, by, c)
			require.Len(t, asked, 1, "%v", err)
			require.Equal(t, []string{"whatsapp-courier/v1.2.3"}, (<-asked)["User-Agent"])
			if name != "http" {
				return
			}
			c.SMS.HTTP.Headers = map[string]secret.Text{"user-agent": "our-team"}
			err = sendBy(t, by, c)
			require.Len(t, asked, 1, "%v", err)
			require.Equal(t, []string{"our-team"}, (<-asked)["User-Agent"], "sms.http.headers wins")
		})
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	for built, want := range map[string]string{
		"":        "whatsapp-courier",
		"(devel)": "whatsapp-courier",
		"v0.2.0":  "whatsapp-courier/v0.2.0",
		"v0.0.0-20261126134624-819f55600000+dirty": "whatsapp-courier/v0.0.0-20261126134624-819f55600000+dirty",
		"v1\r\nX-Evil: 1":                          "whatsapp-courier",
	} {
		require.Equal(t, want, userAgent(built))
	}
}

func TestFirstAppSecretMakesTheProof(t *testing.T) {
	t.Parallel()
	proof := func(secrets ...secret.Text) string {
		asked := make(chan string, 1)
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Query().Get("appsecret_proof") }))
		defer s.Close()
		c := config(t)
		c.WhatsApp.BaseURL, c.WhatsApp.AppSecrets = s.URL, secrets
		err := sendBy(t, providers()["meta"], c)
		require.Len(t, asked, 1, "%v", err)
		return <-asked
	}
	require.Len(t, proof("new"), 64)
	require.Equal(t, proof("new"), proof("new", "old"))
	require.NotEqual(t, proof("new"), proof("old", "new"))
	require.Empty(t, proof())
}

// The environment's proxy is not looked at: TestNoRedirectsCookiesProxies.
func TestProvidersAreReachedThroughTheProxy(t *testing.T) {
	t.Parallel()
	for name, by := range providers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan *http.Request, 1)
			proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r }))
			defer proxy.Close()
			c := config(t)
			by.at(c, "http://provider.invalid")
			through, other := &c.WhatsApp.ProxyURL, &c.SMS.ProxyURL
			if by.channel == courier.SMS {
				through, other = other, through
			}
			*through, *other = secret.Text(strings.Replace(proxy.URL, "http://", "http://us:secret@", 1)), "http://other-proxy.invalid"
			err := sendBy(t, by, c)
			require.Len(t, asked, 1, "%v", err)
			r := <-asked
			require.Equal(t, "provider.invalid", r.Host)
			require.NotEmpty(t, r.Header.Get("Proxy-Authorization"))
		})
	}
}

func TestProxyURLsAreCheckedAtTheStart(t *testing.T) {
	t.Parallel()
	for _, more := range []string{
		"whatsapp: {proxy_url: \"us:secret@proxy:3128\"}",
		"sms: {proxy_url: \"ftp://us:secret@proxy\"}",
		"sms: {proxy_url: \"http://us:secret@proxy/path\", provider: http, http: {url: \"https://sms.example\", body: \"function(ctx) {}\"}}",
	} {
		section, _, _ := strings.Cut(more, ":")
		_, err := load(t, append(filled(t, example), write(t, more))...)
		require.ErrorContains(t, err, section+".proxy_url: must be a URL such as http://proxy.example.com:3128", more)
		require.NotContains(t, err.Error(), "secret")
	}
	c, err := load(t, append(filled(t, example), write(t, "{whatsapp: {proxy_url: \"http://us:secret@proxy\"}, sms: {proxy_url: \"socks5://us:secret@proxy\"}}"))...)
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", c, *c, c), "secret@")
}
