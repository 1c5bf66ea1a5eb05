package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
)

// several has two of each; what a route lacks is as in the example.
const several = `
whatsapp:
  phone_number_id: ""
  rate: 90
  numbers:
    - {phone_number_id: "106540352242922", rate: 1000, weight: 3}
    - {phone_number_id: "106540352242923", name: reserve}
sms:
  provider: none
  proxy_url: http://proxy.example.com
  routes:
    - {provider: http, name: brazil, countries: [BR], proxy_url: "", http: {url: "https://sms.example.com", body: "function(ctx) {}"}}
    - {provider: twilio, twilio: {from: "+12025550101", callback_auth_tokens: [an-older-token]}}
    - {provider: twilio, name: twilio-2, twilio: {account_sid: AC00000000000000000000000000000001, callback_url: ""}}
`

func TestSeveralRoutes(t *testing.T) {
	t.Parallel()
	c, err := load(t, append(filled(t, example), write(t, several))...)
	require.NoError(t, err)
	require.Equal(t, courier.Routes{
		{Name: "106540352242922", Channel: courier.WhatsApp, Rate: 1000, Weight: 3},
		{Name: "reserve", Channel: courier.WhatsApp, Rate: 90},
		{Name: "brazil", Channel: courier.SMS, Regions: []string{"BR"}},
		{Name: "twilio", Channel: courier.SMS},
		{Name: "twilio-2", Channel: courier.SMS},
	}, c.routes())

	routes := c.smsRoutes()
	require.Empty(t, routes[0].ProxyURL)
	require.Equal(t, "POST", routes[0].HTTP.Method, "the default of the schema")
	first, second := routes[1], routes[2]
	require.Equal(t, secret.Text("http://proxy.example.com"), first.ProxyURL, "that of sms")
	require.Equal(t, []secret.Text{"an-older-token"}, first.Twilio.CallbackAuthTokens)
	require.Equal(t, "+12025550101", first.Twilio.From)
	require.Equal(t, "+12025550100", second.Twilio.From, "that of sms.twilio")
	require.Empty(t, second.Twilio.CallbackAuthTokens, "and nothing of its neighbour")
	require.Equal(t, "https://api.twilio.com", second.Twilio.BaseURL)
	require.Equal(t, first.Twilio.AuthToken, second.Twilio.AuthToken)
	require.NotEmpty(t, first.Twilio.AuthToken)
}

// What proves who we are goes only to the address that it was set for.
func TestCredentialsDoNotGoToAnotherAddress(t *testing.T) {
	t.Parallel()
	c, err := load(t, append(filled(t, example), write(t, `
sms:
  provider: none
  http:
    url: https://sms.example.com
    account_url: https://sms.example.com/balance
    body: "function(ctx) {}"
    receipt: "function(ctx) []"
    headers: {X-Key: the-first-key}
    auth: {type: api_key, config: {name: X-API-Key, value: the-second-key}}
    callback: {url: "https://otp.example.com/webhooks/sms/http", api_keys: [the-third-key-of-all]}
  routes:
    - {provider: http}
    - {provider: http, name: other, http: {url: "https://other.example.com", receipt: "", headers: {X-Key: its-own}}}
    - {provider: http, name: plain, http: {url: "https://plain.example.com", receipt: ""}}
    - {provider: twilio, twilio: {base_url: "https://eu.example.com", auth_token: of-its-own}}
`))...)
	require.NoError(t, err)
	routes := c.smsRoutes()
	require.Equal(t, secret.Text("the-second-key"), routes[0].HTTP.Auth.Config.Value)
	require.Equal(t, map[string]secret.Text{"X-Key": "its-own"}, routes[1].HTTP.Headers)
	for _, r := range routes[1:3] {
		require.Equal(t, "POST", r.HTTP.Method)
		require.Equal(t, "function(ctx) {}", string(r.HTTP.Body))
		require.Equal(t, sms.HTTPAuth{Config: sms.HTTPCredentials{In: "header"}}, r.HTTP.Auth)
		require.Zero(t, r.HTTP.Callback)
		require.Empty(t, r.HTTP.AccountURL, "credentials of one provider would be read to another")
	}
	require.Equal(t, "https://sms.example.com/balance", routes[0].HTTP.AccountURL)
	require.Empty(t, routes[2].HTTP.Headers)
	require.Equal(t, secret.Text("of-its-own"), routes[3].Twilio.AuthToken)
	_, err = load(t, append(filled(t, example), write(t, `
sms: {provider: none, routes: [{provider: twilio, twilio: {base_url: "https://eu.example.com"}}]}
`))...)
	require.ErrorContains(t, err, "sms.routes.0.twilio.auth_token: missing")
}

// A configuration of before there were routes is one with one of each.
func TestTheShortFormIsOneRoute(t *testing.T) {
	t.Parallel()
	c, err := load(t, filled(t, example)...)
	require.NoError(t, err)
	require.Equal(t, courier.Routes{
		{Name: "meta", Channel: courier.WhatsApp, Rate: c.WhatsApp.Rate},
		{Name: "twilio", Channel: courier.SMS},
	}, c.routes())
}

func TestFaultyRoutes(t *testing.T) {
	t.Parallel()
	const numbers = `whatsapp: {phone_number_id: "", numbers: [{phone_number_id: "1"}, %]}`
	const routes = `sms: {provider: none, twilio: {callback_url: ""}, routes: [{provider: twilio}, %]}`
	for text, want := range map[string]string{
		`whatsapp: {numbers: [{phone_number_id: "1"}]}`:                                                              "whatsapp.numbers: set these or whatsapp.phone_number_id, not both",
		strings.Replace(numbers, "%", `{phone_number_id: "1"}`, 1):                                                   "whatsapp.numbers.1.phone_number_id: is that of whatsapp.numbers.0 too",
		strings.Replace(numbers, "%", `{phone_number_id: "+1 2"}`, 1):                                                "whatsapp.numbers.1.phone_number_id: must be digits only",
		strings.Replace(numbers, "%", `{rate: 80}`, 1):                                                               "whatsapp.numbers.1.phone_number_id: is missing",
		strings.Replace(numbers, "%", `{phone_number_id: "2", name: "A"}`, 1):                                        "whatsapp.numbers.1.name: must be a name of",
		strings.Replace(numbers, "%", `{phone_number_id: "2", name: "1"}`, 1):                                        "whatsapp.numbers.1.name: is that of whatsapp.numbers.0 too",
		strings.Replace(numbers, "%", `{phone_number_id: "2", wait: 1}`, 1):                                          "whatsapp.numbers.1.wait: there is no such setting",
		`sms: {routes: [{provider: twilio}]}`:                                                                        "sms.routes: set these or sms.provider, not both",
		strings.Replace(routes, "%", `{provider: twilio}`, 1):                                                        "sms.routes.1.name: is that of sms.routes.0 too",
		strings.Replace(routes, "%", `{provider: console, name: meta}`, 1):                                           "sms.routes.1.name: is that of whatsapp too",
		strings.Replace(routes, "%", `{provider: pigeon}`, 1):                                                        "sms.routes.1.provider: must be one of",
		strings.Replace(routes, "%", `{provider: none}`, 1):                                                          "sms.routes.1.provider: must be one of",
		strings.Replace(routes, "%", `twilio`, 1):                                                                    "sms.routes.1: must be a section with settings below it",
		strings.Replace(routes, "%", `{provider: twilio, name: b, countries: [UK]}`, 1):                              `sms.routes.1.countries.0: no phone number has the country code "UK"; did you mean GB?`,
		strings.Replace(routes, "%", `{provider: http, http: {body: "function(ctx) {}"}}`, 1):                        "sms.routes.1.http.url: must be a URL such as",
		strings.Replace(routes, "%", `{provider: twilio, name: b, twilio: {from: x y!}}`, 1):                         "sms.routes.1.twilio.from: must be a number such as",
		strings.Replace(routes, "%", `{provider: twilio, name: b, twilio: {fro: "1"}}`, 1):                           "sms.routes.1.twilio.fro: there is no such setting",
		strings.Replace(routes, "%", `{provider: twilio, name: b, twilio: {base_url: "x", auth_token: its-own}}`, 1): "sms.routes.1.twilio.base_url: must be a URL",
		strings.Replace(routes, "%", `{provider: twilio, name: b, proxy_url: "ftp://x"}`, 1):                         "sms.routes.1.proxy_url: must be a URL such as",
		strings.Replace(routes, "%", `{provider: twilio, name: b, twilio: {auth_token: "replace-me"}}`, 1):           "sms.routes.1.twilio.auth_token: is still the example's",
		`sms: {provider: none, routes: [{provider: twilio}, {provider: twilio, name: b}]}`:                           "sms.routes.1.twilio.callback_url: is that of sms.routes.0 too",
		`sms: {provider: none, routes: [{provider: twilio, countries: [US]}]}`:                                       "sms.routes: one must serve every country",
	} {
		_, err := load(t, append(filled(t, example), write(t, text))...)
		var invalid *ConfigError
		require.ErrorAs(t, err, &invalid, text)
		require.Len(t, invalid.Faults, 1, "%s: %s", text, invalid.Faults)
		require.Contains(t, invalid.Faults[0], want, text)
	}
}

// Each route has a place of its own for its receipts.
func TestReceiptsOfSeveralRoutes(t *testing.T) {
	t.Parallel()
	c, err := load(t, append(filled(t, example), write(t, several))...)
	require.NoError(t, err)
	c.DSN, c.Serve.Private.Port, c.Serve.Public.Port = "memory", 0, 0
	c.SMS.Routes[2].Twilio.CallbackURL = "https://otp.example.com/webhooks/sms/twilio-2"
	public := "http://" + start(t, c).Addresses().Public
	for path, want := range map[string]int{
		"/webhooks/sms/twilio": http.StatusUnauthorized, "/webhooks/sms/twilio-2": http.StatusUnauthorized,
		"/webhooks/sms/brazil": http.StatusNotFound, "/webhooks/sms/http": http.StatusNotFound,
	} {
		answer, _ := ask(t, http.MethodPost, public+path, strings.NewReader("MessageStatus=delivered"))
		require.Equal(t, want, answer.StatusCode, path)
	}
}

// What Meta reports is about the number that it names.
func TestNumbersAreNamedByTheirID(t *testing.T) {
	t.Parallel()
	one, two := numberNames{"1": "meta"}, numberNames{"1": "first", "2": "second"}
	require.Equal(t, "second", two.of("2"))
	require.Empty(t, two.of("3"))
	require.Empty(t, two.of(""))
	require.Equal(t, "meta", one.of(""))
	require.Equal(t, "meta", one.of("1"))
}
