package sms

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

func TestNewHTTPReportsAllFaultsByPath(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*HTTPConfig)
		want   []string
	}{
		"everything": {
			func(c *HTTPConfig) {
				*c = HTTPConfig{
					URL: "ftp://x", Method: "GET", Headers: map[string]secret.Text{"a b": "x"}, Auth: HTTPAuth{Type: "oauth2"},
					Callback: HTTPCallback{URL: "/x"},
				}
			},
			[]string{"sms.http.url:", "sms.http.method:", "sms.http.headers:", "sms.http.auth.type:", "sms.http.body:", "sms.http.callback.url:", "sms.http.receipt:"},
		},
		"credentials in the URL": {func(c *HTTPConfig) { c.URL = "https://user:" + apiKey + "@a.example" }, []string{"sms.http.url:"}},
		"nowhere":                {func(c *HTTPConfig) { c.Auth.Config.In = "query" }, []string{"sms.http.auth.config.in:"}},
		"no value":               {func(c *HTTPConfig) { c.Auth.Config.Value = "" }, []string{"sms.http.auth.config.name:"}},
		"line break":             {func(c *HTTPConfig) { c.Auth.Config.Value = apiKey + "\n" }, []string{"sms.http.auth.config.name:"}},
		"line break in a header": {func(c *HTTPConfig) { c.Headers = map[string]secret.Text{"X": apiKey + "\r"} }, []string{"sms.http.headers:"}},
		"no user":                {func(c *HTTPConfig) { c.Auth = HTTPAuth{Type: "basic_auth"} }, []string{"sms.http.auth.config.user:"}},
		"XML":                    {func(c *HTTPConfig) { c.Headers = map[string]secret.Text{"Content-Type": "text/xml"} }, []string{"sms.http.headers: Content-Type"}},
		"odd type":               {func(c *HTTPConfig) { c.Headers = map[string]secret.Text{"Content-Type": "/"} }, []string{"sms.http.headers: Content-Type"}},
		"no credentials":         {func(c *HTTPConfig) { c.Receipt = `function(ctx) []` }, []string{"sms.http.callback.api_keys:"}},
		"half a password": {
			func(c *HTTPConfig) { c.Receipt, c.Callback.BasicAuth.Username = `function(ctx) []`, "u" }, []string{"sms.http.callback.api_keys:"},
		},
		"no jsonnet":     {func(c *HTTPConfig) { c.Body = `function(ctx) {` }, []string{"sms.http.body: is not valid jsonnet: sms.http.body:"}},
		"no function":    {func(c *HTTPConfig) { c.Body = `{to: 'x'}` }, []string{"sms.http.body: must be a function"}},
		"two parameters": {func(c *HTTPConfig) { c.Body = `function(a, b) {}` }, []string{"sms.http.body: must be a function"}},
		"imports":        {func(c *HTTPConfig) { c.Body = `function(ctx) import 'x'` }, []string{"sms.http.body:"}},
		"unknown field":  {func(c *HTTPConfig) { c.Body = `function(ctx) {to: ctx.phone}` }, []string{"sms.http.body: fails for a made-up message: RUNTIME ERROR: Field does not exist: phone"}},
		"body is a text": {func(c *HTTPConfig) { c.Body = `function(ctx) 'x'` }, []string{"sms.http.body: fails for a made-up message: the result is not of the form"}},
		"form is a list": {func(c *HTTPConfig) {
			c.Headers = map[string]secret.Text{"Content-Type": "application/x-www-form-urlencoded"}
			c.Body = `function(ctx) ['x']`
		}, []string{"sms.http.body: fails"}},
		"form with a list": {func(c *HTTPConfig) {
			c.Headers = map[string]secret.Text{"Content-Type": "application/x-www-form-urlencoded"}
			c.Body = `function(ctx) {a: ['x']}`
		}, []string{"sms.http.body: fails"}},
		"empty form": {func(c *HTTPConfig) {
			c.Headers = map[string]secret.Text{"Content-Type": "application/x-www-form-urlencoded"}
			c.Body = `function(ctx) {}`
		}, []string{"sms.http.body: fails"}},
		"no base64":            {func(c *HTTPConfig) { c.Body = "base64://%" }, []string{"sms.http.body: what follows base64:// is not base64"}},
		"no file":              {func(c *HTTPConfig) { c.Body = "file:///nowhere.jsonnet" }, []string{"sms.http.body: the file cannot be read"}},
		"from the internet":    {func(c *HTTPConfig) { c.Body = "https://a.example/x" }, []string{"sms.http.body: is not fetched"}},
		"message_id":           {func(c *HTTPConfig) { c.MessageID = `ctx` }, []string{"sms.http.message_id: is not valid jsonnet: sms.http.message_id:1:12-15 Unknown variable: ctx"}},
		"message_id's form":    {func(c *HTTPConfig) { c.MessageID = `function(ctx) {klass: 'config'}` }, []string{"sms.http.message_id: must return"}},
		"message_id's class":   {func(c *HTTPConfig) { c.MessageID = `function(ctx) {class: 'misconfigured'}` }, []string{"sms.http.message_id: must return"}},
		"message_id is a list": {func(c *HTTPConfig) { c.MessageID = `function(ctx) [1]` }, []string{"sms.http.message_id: must return"}},
		"receipt": {
			func(c *HTTPConfig) { c.Receipt, c.Callback.APIKeys = `function(ctx) ["x"]`, []secret.Text{backKey} }, []string{"sms.http.receipt: must return"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := httpConfig(t, "https://a.example/send")
			tc.change(&cfg)
			made, err := NewHTTP(cfg, setup(t))
			require.Nil(t, made)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), apiKey)
		})
	}
}

// Faults begin with the path of the section that a provider's settings stand in.
func TestFaultsOfSetups(t *testing.T) {
	t.Parallel()
	_, err := NewHTTP(HTTPConfig{}, Setup{Section: "sms.elsewhere.1", ProxyURL: "proxy:3128"})
	for _, want := range []string{
		"sms.texts: are missing", "sms.elsewhere.1.http: there is nothing to evaluate jsonnet with",
		"sms.elsewhere.1.http.url: must be", "sms.elsewhere.1.proxy_url: must be a URL such as",
	} {
		require.ErrorContains(t, err, want)
	}
	_, err = NewTwilio(TwilioConfig{CallbackURL: "x"}, Setup{Section: "sms.elsewhere.1", ProxyURL: "proxy:3128"})
	for _, want := range []string{
		"sms.texts: are missing", "sms.elsewhere.1.proxy_url: must be a URL such as",
		"sms.elsewhere.1.twilio.callback_url: must be a public URL such as https://otp.example.com/webhooks/sms/twilio,",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "sms.twilio")
}

func TestFaultsOfSnippetsShowNoCredentials(t *testing.T) {
	t.Parallel()
	for _, body := range []Snippet{
		`function(ctx) {key: "` + apiKey + `" "x"}`,
		`function(ctx) {key: '` + apiKey + `' x}`,
		"local key = '" + apiKey + "';\nfunction(ctx) {key: key + ctx.phone}",
		"local key = '" + apiKey + "';\nfunction(ctx) {key: key, }}",
		`function(ctx) {["` + apiKey + `"]: error '"` + apiKey + `"'}`,
		`function(ctx) "` + apiKey,
		"function(ctx) {to: x} // " + apiKey,
	} {
		cfg := httpConfig(t, "https://a.example/send")
		cfg.Body = body
		_, err := NewHTTP(cfg, setup(t))
		require.ErrorContains(t, err, "sms.http.body:", body)
		require.NotContains(t, err.Error(), apiKey)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestNothingPrintsTheKeys(t *testing.T) {
	t.Parallel()
	cfg := httpConfig(t, "https://a.example/x?account_secret="+apiKey)
	cfg.Headers = map[string]secret.Text{"X-Secret": apiKey}
	cfg.Auth.Config.Password = apiKey
	cfg.Body = `function(ctx) {key: '` + apiKey + `'}`
	cfg.MessageID, cfg.Receipt = cfg.Body, `function(ctx) if ctx.query == {} then [] else error '`+apiKey+`'`
	cfg.MessageID = `function(ctx) '` + apiKey + `'`
	cfg.Callback = HTTPCallback{URL: "https://b.example/y?key=" + backKey, APIKeys: []secret.Text{backKey}, BasicAuth: secret.BasicAuth{Username: "u", Password: backKey}}
	made := httpProvider(t, cfg)
	printed := []string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
		for _, value := range []any{cfg, &cfg, made, cfg.Auth, cfg.Callback, []HTTPConfig{cfg}, struct{ C HTTPConfig }{cfg}, struct{ c *HTTP }{made}} {
			printed = append(printed, fmt.Sprintf(verb, value))
		}
	}
	for _, value := range []any{cfg.Auth, made} {
		asJSON, err := json.Marshal(value)
		require.NoError(t, err)
		printed = append(printed, string(asJSON))
	}
	for _, text := range printed {
		for _, secret := range []string{apiKey, backKey, fmt.Sprintf("%x", apiKey)} {
			require.NotContains(t, text, secret)
		}
	}
}
