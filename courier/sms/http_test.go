package sms

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

var _ courier.Sender = (*HTTP)(nil)

const (
	apiKey  = "invented-provider-key"
	backKey = "invented-callback-key"
)

func httpConfig(t testing.TB, url string) HTTPConfig {
	t.Helper()
	return HTTPConfig{
		URL:       url,
		Auth:      HTTPAuth{Type: "api_key", In: "header", Name: "Authorization", Value: "App " + apiKey},
		Body:      `function(ctx) {to: ctx.to, text: ctx.text}`,
		MessageID: `function(ctx) ctx.body.id`,
		Texts:     texts(t, map[string]string{"en": "{{.Code}} is your code & more", "pt_BR": "{{.Code}} é o código"}),
		Timeout:   2 * time.Second,
		Evaluator: inProcess{},
	}
}

func httpProvider(t testing.TB, cfg HTTPConfig) *HTTP {
	t.Helper()
	made, err := NewHTTP(cfg)
	require.NoError(t, err)
	return made
}

// received is what a provider got.
type received struct {
	method, url, contentType, body string
	header                         http.Header
}

// provider answers every request the same way and remembers the last one.
func provider(t *testing.T, status int, body string, got *received) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		if got != nil {
			*got = received{r.Method, r.URL.String(), r.Header.Get("Content-Type"), string(raw), r.Header}
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestHTTPRequest(t *testing.T) {
	t.Parallel()
	const whole = `function(ctx) ctx`
	form := map[string]string{"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
	for name, tc := range map[string]struct {
		change      func(*HTTPConfig)
		method      string
		contentType string
		header      [2]string
		body        string
	}{
		"everything that a snippet knows": {
			change: func(c *HTTPConfig) { c.Body = whole }, header: [2]string{"Authorization", "App " + apiKey},
			body: `{"callback_url":"","code":"481920","life_seconds":300,"locale":"pt_BR","purpose":"login","reference":"0190.2","text":"481920 é o código","to":"+12025550143"}`,
		},
		"with receipts": {
			change: func(c *HTTPConfig) {
				c.Body, c.Receipt = `function(ctx) {url: ctx.callback_url}`, `function(ctx) []`
				c.Callback = HTTPCallback{URL: "https://otp.example.com/webhooks/sms/http", APIKeys: []string{backKey + "&", "old"}}
			},
			body: `{"url":"https://otp.example.com/webhooks/sms/http?ref=0190.2\u0026key=invented-callback-key%26"}`,
		},
		"with receipts and a password": {
			change: func(c *HTTPConfig) {
				c.Body, c.Receipt = `function(ctx) {url: ctx.callback_url}`, `function(ctx) []`
				c.Callback = HTTPCallback{URL: "https://otp.example.com/x?a=1", Username: "u", Password: backKey}
			},
			body: `{"url":"https://otp.example.com/x?a=1\u0026ref=0190.2"}`,
		},
		"list":          {change: func(c *HTTPConfig) { c.Body = `function(ctx) [ctx.to, 1e20, 0.5, true]` }, body: `["+12025550143",100000000000000000000,0.5,true]`},
		"base64":        {change: func(c *HTTPConfig) { c.Body = "base64://" + base64.StdEncoding.EncodeToString([]byte(c.Body)) }, body: `{"text":"481920 é o código","to":"+12025550143"}`},
		"trailing note": {change: func(c *HTTPConfig) { c.Body += " // as agreed" }, body: `{"text":"481920 é o código","to":"+12025550143"}`},
		"locals first":  {change: func(c *HTTPConfig) { c.Body = "local from = 'Acme';\nfunction(message) {from: from, to: message.to}" }, body: `{"from":"Acme","to":"+12025550143"}`},
		"PUT":           {change: func(c *HTTPConfig) { c.Method = "PUT" }, method: "PUT", body: `{"text":"481920 é o código","to":"+12025550143"}`},
		"form": {
			change: func(c *HTTPConfig) {
				c.Headers, c.Body = form, `function(ctx) {to: ctx.to, n: 5, yes: true, none: null, text: 'a&b=c'}`
			},
			contentType: form["content-type"], body: `n=5&text=a%26b%3Dc&to=%2B12025550143&yes=true`,
		},
		"header": {change: func(c *HTTPConfig) { c.Headers = map[string]string{"X-Account": "a b"} }, header: [2]string{"X-Account", "a b"}, body: `{"text":"481920 é o código","to":"+12025550143"}`},
		"cookie": {
			change: func(c *HTTPConfig) { c.Auth = HTTPAuth{Type: "api_key", In: "cookie", Name: "session", Value: apiKey} },
			header: [2]string{"Cookie", "session=" + apiKey}, body: `{"text":"481920 é o código","to":"+12025550143"}`,
		},
		"basic": {
			change: func(c *HTTPConfig) { c.Auth = HTTPAuth{Type: "basic_auth", User: "u", Password: "p"} },
			header: [2]string{"Authorization", "Basic dTpw"}, body: `{"text":"481920 é o código","to":"+12025550143"}`,
		},
		"no auth": {change: func(c *HTTPConfig) { c.Auth = HTTPAuth{} }, header: [2]string{"Authorization", ""}, body: `{"text":"481920 é o código","to":"+12025550143"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got received
			cfg := httpConfig(t, provider(t, 200, `{"id":"m-1"}`, &got)+"/send?account=7")
			tc.change(&cfg)
			o := outgoing(t, "481920", 5*time.Minute, "pt-PT")
			o.Purpose = courier.Login
			accepted, err := httpProvider(t, cfg).Send(t.Context(), o)
			require.NoError(t, err)
			require.Equal(t, courier.Accepted{ProviderID: "m-1", Receipts: cfg.Receipt != ""}, accepted)
			want := received{tc.method, "/send?account=7", tc.contentType, tc.body, got.header}
			if want.method == "" {
				want.method = "POST"
			}
			if want.contentType == "" {
				want.contentType = "application/json"
			}
			require.Equal(t, want, got)
			if tc.header[0] != "" {
				require.Equal(t, tc.header[1], got.header.Get(tc.header[0]))
			}
		})
	}
}

func TestHTTPSnippetInAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "body.jsonnet")
	require.NoError(t, os.WriteFile(file, []byte(`function(ctx) {number: ctx.to}`), 0o600))
	var got received
	cfg := httpConfig(t, provider(t, 200, `{"id":"m-1"}`, &got))
	cfg.Body = "file://" + file
	sender := httpProvider(t, cfg)
	// It is read at the start only.
	require.NoError(t, os.Remove(file))
	_, err := sender.Send(t.Context(), outgoing(t, "481920", time.Minute))
	require.NoError(t, err)
	require.JSONEq(t, `{"number":"+12025550143"}`, got.body)
}

func TestNewHTTPReportsAllFaultsByPath(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*HTTPConfig)
		want   []string
	}{
		"everything": {
			func(c *HTTPConfig) {
				*c = HTTPConfig{
					URL: "ftp://x", Method: "GET", Headers: map[string]string{"a b": "x"}, Auth: HTTPAuth{Type: "oauth2"},
					Callback: HTTPCallback{URL: "/x"}, Evaluator: inProcess{},
				}
			},
			[]string{"sms.http.url:", "sms.http.method:", "sms.http.headers:", "sms.http.auth.type:", "sms.http.body:", "sms.http.texts:", "sms.http.callback.url:", "sms.http.receipt:"},
		},
		"credentials in the URL": {func(c *HTTPConfig) { c.URL = "https://user:" + apiKey + "@a.example" }, []string{"sms.http.url:"}},
		"nowhere":                {func(c *HTTPConfig) { c.Auth.In = "query" }, []string{"sms.http.auth.config.in:"}},
		"no value":               {func(c *HTTPConfig) { c.Auth.Value = "" }, []string{"sms.http.auth.config.name:"}},
		"line break":             {func(c *HTTPConfig) { c.Auth.Value = apiKey + "\n" }, []string{"sms.http.auth.config.name:"}},
		"line break in a header": {func(c *HTTPConfig) { c.Headers = map[string]string{"X": apiKey + "\r"} }, []string{"sms.http.headers:"}},
		"no user":                {func(c *HTTPConfig) { c.Auth = HTTPAuth{Type: "basic_auth"} }, []string{"sms.http.auth.config.user:"}},
		"XML":                    {func(c *HTTPConfig) { c.Headers = map[string]string{"Content-Type": "text/xml"} }, []string{"sms.http.headers: Content-Type"}},
		"odd type":               {func(c *HTTPConfig) { c.Headers = map[string]string{"Content-Type": "/"} }, []string{"sms.http.headers: Content-Type"}},
		"open door":              {func(c *HTTPConfig) { c.Receipt = `function(ctx) []` }, []string{"sms.http.callback.api_keys:"}},
		"half a password": {
			func(c *HTTPConfig) { c.Receipt, c.Callback.Username = `function(ctx) []`, "u" }, []string{"sms.http.callback.api_keys:"},
		},
		"no evaluator":   {func(c *HTTPConfig) { c.Evaluator, c.URL = nil, "" }, []string{"sms.http:", "sms.http.url:"}},
		"no jsonnet":     {func(c *HTTPConfig) { c.Body = `function(ctx) {` }, []string{"sms.http.body: is no jsonnet: sms.http.body:"}},
		"no function":    {func(c *HTTPConfig) { c.Body = `{to: 'x'}` }, []string{"sms.http.body: must be a function"}},
		"two parameters": {func(c *HTTPConfig) { c.Body = `function(a, b) {}` }, []string{"sms.http.body: must be a function"}},
		"imports":        {func(c *HTTPConfig) { c.Body = `function(ctx) import 'x'` }, []string{"sms.http.body:"}},
		"unknown field":  {func(c *HTTPConfig) { c.Body = `function(ctx) {to: ctx.phone}` }, []string{"sms.http.body: fails for a made-up message: RUNTIME ERROR: Field does not exist: phone"}},
		"body is a text": {func(c *HTTPConfig) { c.Body = `function(ctx) 'x'` }, []string{"sms.http.body: fails for a made-up message: the result is not of the form"}},
		"form is a list": {func(c *HTTPConfig) {
			c.Headers = map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
			c.Body = `function(ctx) ['x']`
		}, []string{"sms.http.body: fails"}},
		"form with a list": {func(c *HTTPConfig) {
			c.Headers = map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
			c.Body = `function(ctx) {a: ['x']}`
		}, []string{"sms.http.body: fails"}},
		"empty form": {func(c *HTTPConfig) {
			c.Headers = map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
			c.Body = `function(ctx) {}`
		}, []string{"sms.http.body: fails"}},
		"no base64":            {func(c *HTTPConfig) { c.Body = "base64://%" }, []string{"sms.http.body: what follows base64:// is not base64"}},
		"no file":              {func(c *HTTPConfig) { c.Body = "file:///nowhere.jsonnet" }, []string{"sms.http.body: the file cannot be read"}},
		"from the internet":    {func(c *HTTPConfig) { c.Body = "https://a.example/x" }, []string{"sms.http.body: is not fetched"}},
		"message_id":           {func(c *HTTPConfig) { c.MessageID = `ctx` }, []string{"sms.http.message_id: is no jsonnet: sms.http.message_id:1:12-15 Unknown variable: ctx"}},
		"message_id's form":    {func(c *HTTPConfig) { c.MessageID = `function(ctx) {klass: 'config'}` }, []string{"sms.http.message_id: must return"}},
		"message_id's class":   {func(c *HTTPConfig) { c.MessageID = `function(ctx) {class: 'misconfigured'}` }, []string{"sms.http.message_id: must return"}},
		"message_id is a list": {func(c *HTTPConfig) { c.MessageID = `function(ctx) [1]` }, []string{"sms.http.message_id: must return"}},
		"receipt": {
			func(c *HTTPConfig) { c.Receipt, c.Callback.APIKeys = `function(ctx) ["x"]`, []string{backKey} }, []string{"sms.http.receipt: must return"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := httpConfig(t, "https://a.example/send")
			tc.change(&cfg)
			made, err := NewHTTP(cfg)
			require.Nil(t, made)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), apiKey)
		})
	}
}

func TestFaultsOfSnippetsShowNoCredentials(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
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
		_, err := NewHTTP(cfg)
		require.ErrorContains(t, err, "sms.http.body:", body)
		require.NotContains(t, err.Error(), apiKey)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestHTTPAnswers(t *testing.T) {
	t.Parallel()
	const parsed = `function(ctx) {id: std.get(ctx.body, 'id', ''), accepted: ctx.body.ok, class: std.get(ctx.body, 'class', ''), code: std.get(ctx.body, 'code'), reason: std.get(ctx.body, 'why', '')}`
	type want struct {
		id     string
		class  courier.Class
		code   string
		reason string
	}
	for name, tc := range map[string]struct {
		snippet string
		status  int
		body    string
		want    want
	}{
		"id":                   {`function(ctx) ctx.body.id`, 202, `{"id":"m-1"}`, want{id: "m-1"}},
		"small number":         {`function(ctx) ctx.body.id`, 200, `{"id":12345}`, want{id: "12345"}},
		"number beyond 2^53":   {`function(ctx) ctx.body.ids[0].id`, 200, `{"ids":[{"id":9007199254740993123}]}`, want{id: "9007199254740993123"}},
		"id in a header":       {`function(ctx) ctx.headers.Location`, 200, ``, want{class: courier.ClassUnknown, reason: "could not read the answer (it failed"}},
		"id in a text":         {`function(ctx) std.split(ctx.body, ' ')[1]`, 200, `queued m-1`, want{id: "m-1"}},
		"object":               {`function(ctx) {id: ctx.body.id}`, 200, `{"id":"m-1"}`, want{id: "m-1"}},
		"null":                 {`function(ctx) null`, 200, `{"id":"m-1"}`, want{class: courier.ClassUnknown, reason: "the message may have been sent"}},
		"empty id":             {`function(ctx) ""`, 503, `{}`, want{class: courier.ClassTransient, reason: "HTTP 503"}},
		"id with a refusal":    {`function(ctx) ctx.body.id`, 400, `{"id":"m-1"}`, want{class: courier.ClassConfig, reason: "HTTP 400"}},
		"accepted in words":    {parsed, 500, `{"ok":true,"id":"m-1"}`, want{id: "m-1"}},
		"accepted without id":  {parsed, 200, `{"ok":true}`, want{}},
		"refused in words":     {parsed, 200, `{"ok":false,"id":"m-1"}`, want{class: courier.ClassConfig, reason: "refused the message with HTTP 200"}},
		"refused with a class": {parsed, 200, `{"ok":false,"class":"recipient","code":"E-7","why":"unknown subscriber"}`, want{class: courier.ClassRecipient, code: "E-7", reason: "the provider says: unknown subscriber"}},
		"class by status":      {parsed, 429, `{"ok":false,"code":5}`, want{class: courier.ClassThrottled, code: "5", reason: "HTTP 429"}},
		"quotes the person":    {parsed, 400, `{"ok":false,"code":"+12025550143","why":"no 481920 to +1 (202) 555-0143 or 12025550143\nx"}`, want{class: courier.ClassConfig, reason: "the provider says: no … to … or … x"}},
		"quotes the code":      {parsed, 400, `{"ok":false,"code":"481920","why":"your OTP is 4819-20"}`, want{class: courier.ClassConfig, reason: "the provider says: your OTP is …"}},
		"code is a number":     {parsed, 400, `{"ok":false,"code":"2025550143"}`, want{class: courier.ClassConfig, reason: "HTTP 400"}},
		"very long code":       {parsed, 400, `{"ok":false,"code":"` + strings.Repeat("E", 41) + `"}`, want{class: courier.ClassConfig, reason: "HTTP 400"}},
		"very long reason":     {parsed, 400, `{"ok":false,"why":"` + strings.Repeat("é", 5000) + `"}`, want{class: courier.ClassConfig, reason: "the provider says: " + strings.Repeat("é", 200) + "…"}},
		"very long id":         {`function(ctx) ctx.body.id`, 200, `{"id":"` + strings.Repeat("m", 257) + `"}`, want{class: courier.ClassUnknown, reason: "could not read the answer"}},
		"HTML":                 {`function(ctx) ctx.body.id`, 502, `<html>+12025550143</html>`, want{class: courier.ClassTransient, reason: "could not read the answer (it failed, or ran for too long); the provider answered HTTP 502"}},
		"cut JSON":             {`function(ctx) ctx.body.id`, 200, `{"id":"m`, want{class: courier.ClassUnknown, reason: "the message may have been sent"}},
		"other type":           {`function(ctx) ctx.body.id`, 200, `{"id":["+12025550143"]}`, want{class: courier.ClassUnknown, reason: "not of the form"}},
		"other field":          {`function(ctx) ctx.body`, 400, `{"481920":1}`, want{class: courier.ClassConfig, reason: "not of the form"}},
		"unknown class":        {parsed, 400, `{"ok":false,"class":"fatal"}`, want{class: courier.ClassConfig, reason: "not of the form"}},
		"too long to read":     {`function(ctx) if ctx.body == null then {reason: 'nothing'} else 'x'`, 200, `"` + strings.Repeat("x", 16<<10) + `"`, want{class: courier.ClassUnknown, reason: "the provider says: nothing"}},
		"error":                {`function(ctx) error ctx.body.why`, 401, `{"why":"481920 is wrong"}`, want{class: courier.ClassConfig, reason: "check the credentials"}},
		"runs away":            {`function(ctx) local f(n) = 1 + f(n + 1); if ctx.body == {} then '' else f(1)`, 500, `{"id":1}`, want{class: courier.ClassTransient, reason: "could not read"}},
		"huge":                 {`function(ctx) if ctx.body == {} then '' else std.repeat('x', 70000)`, 500, `{"id":1}`, want{class: courier.ClassTransient, reason: "could not read"}},
		"no snippet, accepted": {``, 204, ``, want{}},
		"no snippet, refused":  {``, 403, `{"id":"m-1"}`, want{class: courier.ClassConfig, reason: "check the credentials"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := httpConfig(t, provider(t, tc.status, tc.body, nil))
			cfg.MessageID = tc.snippet
			accepted, err := httpProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", time.Minute))
			if tc.want.class == "" {
				require.NoError(t, err)
				require.Equal(t, courier.Accepted{ProviderID: tc.want.id}, accepted)
				return
			}
			failure := requireFailure(t, err, tc.want.class)
			require.Equal(t, tc.want.code, failure.Code)
			require.Contains(t, failure.Reason, tc.want.reason)
			require.NotContains(t, err.Error(), apiKey)
			require.Equal(t, 7*time.Second, failure.RetryAfter)
		})
	}
}

func TestBodySnippetThatFailsOnlyForSomeMessages(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"error":      `function(ctx) if ctx.code == '735104' then {} else error 'no code ' + ctx.code`,
		"wrong type": `function(ctx) if ctx.code == '735104' then {} else ctx.code`,
		"runs away":  `function(ctx) local f(n) = 1 + f(n + 1); if ctx.code == '735104' then {} else {n: f(1)}`,
		"huge":       `function(ctx) if ctx.code == '735104' then {} else {n: std.repeat(ctx.code, 20000)}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := received{}
			cfg := httpConfig(t, provider(t, 200, `{"id":"m-1"}`, &got))
			cfg.Body = body
			_, err := httpProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", time.Minute))
			failure := requireFailure(t, err, courier.ClassConfig)
			require.Contains(t, failure.Reason, "sms.http.body")
			require.Empty(t, got.method, "something was sent")
		})
	}
}

func TestHTTPOutcomesOfBrokenConnections(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	_, err := httpProvider(t, httpConfig(t, gone.URL)).Send(t.Context(), outgoing(t, "481920", time.Minute))
	requireFailure(t, err, courier.ClassTransient)

	cuts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}))
	defer cuts.Close()
	_, err = httpProvider(t, httpConfig(t, cuts.URL)).Send(t.Context(), outgoing(t, "481920", time.Minute))
	requireFailure(t, err, courier.ClassUnknown)

	sender := httpProvider(t, httpConfig(t, provider(t, 200, `{"id":"m-1"}`, nil)))
	ctx, cancel := contextEndedBy(t)
	cancel(errors.New("stopping"))
	_, err = sender.Send(ctx, outgoing(t, "481920", time.Minute))
	requireFailure(t, err, courier.ClassTransient)
}

func TestAnswerIsReadAlsoAfterTheLastMoment(t *testing.T) {
	t.Parallel()
	ctx, cancel := contextEndedBy(t)
	cancel(errors.New("stopping"))
	accepted, err := httpProvider(t, httpConfig(t, "https://a.example")).read(ctx, outgoing(t, "481920", time.Minute), answerOf(200, `{"id":"m-1"}`))
	require.NoError(t, err)
	require.Equal(t, "m-1", accepted.ProviderID)
}

func TestSnippetsGetNoLifeBelowASecond(t *testing.T) {
	t.Parallel()
	var got received
	cfg := httpConfig(t, provider(t, 200, `{"id":"m-1"}`, &got))
	cfg.Body = `function(ctx) {ttl: ctx.life_seconds}`
	for life, want := range map[time.Duration]string{300 * time.Millisecond: `{"ttl":1}`, 2900 * time.Millisecond: `{"ttl":2}`} {
		_, err := httpProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", life))
		require.NoError(t, err)
		require.Equal(t, want, got.body)
	}
}

func TestHTTPRendersNoFaultyText(t *testing.T) {
	t.Parallel()
	cfg := httpConfig(t, "https://a.example")
	cfg.Texts = texts(t, map[string]string{"en": "{{.Code}}{{if eq .Minutes 1}}{{slice .Code 99}}{{end}}"})
	_, err := httpProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", time.Minute))
	requireFailure(t, err, courier.ClassConfig)
}

func TestNothingPrintsTheKeys(t *testing.T) {
	t.Parallel()
	cfg := httpConfig(t, "https://a.example/x?account_secret="+apiKey)
	cfg.Headers = map[string]string{"X-Secret": apiKey}
	cfg.Auth.Password = apiKey
	cfg.Body = `function(ctx) {key: '` + apiKey + `'}`
	cfg.MessageID, cfg.Receipt = cfg.Body, `function(ctx) if ctx.query == {} then [] else error '`+apiKey+`'`
	cfg.MessageID = `function(ctx) '` + apiKey + `'`
	cfg.Callback = HTTPCallback{URL: "https://b.example/y?key=" + backKey, APIKeys: []string{backKey}, Username: "u", Password: backKey}
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

func FuzzHTTPAnswer(f *testing.F) {
	for _, seed := range []string{`"m-1"`, `null`, `5`, `{"id":"x","accepted":true}`, `{"accepted":false,"class":"config","code":1,"reason":"481920"}`, `[`, `{"id":{}}`, `{"class":"x"}`} {
		f.Add(seed, 200)
	}
	f.Add(`{"reason":"\u0000+1 202 555 0143"}`, 503)
	base := httpProvider(f, httpConfig(f, "https://a.example"))
	f.Fuzz(func(t *testing.T, result string, status int) {
		h, messageID := *base, *base.messageID
		messageID.evaluator = canned{result: result}
		h.messageID = &messageID
		got := answerOf(status, result)
		accepted, err := h.read(t.Context(), outgoing(t, "481920", time.Minute), got)
		var failure *courier.DeliveryError
		switch {
		case err == nil && len(accepted.ProviderID) > longestID:
			t.Fatalf("an id of %d bytes", len(accepted.ProviderID))
		case err == nil:
		case !errors.As(err, &failure) || failure.Class == "" || failure.Reason == "":
			t.Fatalf("%v", err)
		case strings.Contains(err.Error(), "481920") || strings.Contains(err.Error(), "2025550143") || strings.ContainsAny(err.Error(), "\n\x00"):
			t.Fatalf("%v", err)
		}
	})
}
