package whatsapp_test

import (
	"context"
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
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
)

const (
	token  = "EAAinventedToken0123456789"
	number = "+12025550143"
	code   = "481920"
)

var _ courier.Sender = (*whatsapp.Sender)(nil)

func config(baseURL string) whatsapp.Config {
	return whatsapp.Config{
		BaseURL: baseURL, APIVersion: "v25.0", PhoneNumberID: "106540352242922", AccessToken: token,
		Template: whatsapp.Template{
			Name:      "kratos_login_copy_code",
			Languages: []string{"en_US", "pt_BR", "es", "de"}, DefaultLanguage: "en_US",
		},
		Timeout: 2 * time.Second,
	}
}

func sender(t *testing.T, cfg whatsapp.Config) *whatsapp.Sender {
	t.Helper()
	s, err := whatsapp.New(cfg)
	require.NoError(t, err)
	return s
}

func outgoing(t *testing.T, text string, locales ...string) courier.Outgoing {
	t.Helper()
	to, err := courier.ParsePhone(number)
	require.NoError(t, err)
	secret, err := courier.NewCode(text)
	require.NoError(t, err)
	return courier.Outgoing{
		To: to, Code: secret, Purpose: courier.Login, Locales: locales,
		Reference: "kr1:01J9ZC3M6Q8T5W7Y0A2B4C6D8E", Life: 5 * time.Minute,
	}
}

// answering is a Meta that gives one answer.
func answering(t *testing.T, status int, body string, header ...string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

// requireFailure checks the class, and that no text of the error tells a secret.
func requireFailure(t *testing.T, err error, class courier.Class) courier.DeliveryError {
	t.Helper()
	var failure *courier.DeliveryError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, class, failure.Class, failure.Reason)
	require.NotEmpty(t, failure.Reason)
	texts := failure.Reason + failure.Code
	for e := err; e != nil; e = errors.Unwrap(e) {
		texts += e.Error() + fmt.Sprintf("%+v", e)
	}
	for _, secret := range []string{token, code, number[1:], "Authorization"} {
		require.NotContains(t, texts, secret)
	}
	return *failure
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(raw)
}

func TestSendsExactlyMetasRequest(t *testing.T) {
	t.Parallel()
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.URL.String() != "/v25.0/106540352242922/messages" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		if got := r.Header.Get("Authorization"); got != "Bearer "+token {
			t.Errorf("Authorization: %s", got)
		}
		if got := r.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("Content-Type: %s", got)
		}
		if want := fixture(t, "send/request-copy-code-tracked.json"); !sameJSON(want, string(body)) {
			t.Errorf("got %s\nwant %s", body, want)
		}
		_, _ = io.WriteString(w, fixture(t, "send/200-accepted.json"))
	}))
	defer meta.Close()
	for _, base := range []string{meta.URL, meta.URL + "/"} {
		s := sender(t, config(base))
		accepted, err := s.Send(t.Context(), outgoing(t, code))
		require.NoError(t, err)
		require.Equal(t, courier.Taken{
			ProviderID: "wamid.HBgLMTIwMjU1NTAxNDMVAgARGBI3QzFGMEEzQjVEMkU0RjYwODEA", Receipts: true, Variant: "en_US",
		}, accepted)
		require.Equal(t, "meta", s.Provider())
	}
}

// The proof was made with openssl dgst -sha256 -hmac.
func TestProofOfTheAppSecret(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]string{
		"":                       "",
		"an-invented-app-secret": "appsecret_proof=5d81276a8d0985a1e3997ebf494bd04af19527751c452708b32019616f5007ca",
	} {
		asked := make(chan string, 1)
		meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked <- r.URL.RawQuery
			_, _ = io.WriteString(w, fixture(t, "send/200-accepted.json"))
		}))
		defer meta.Close()
		cfg := config(meta.URL)
		cfg.AppSecret = secret
		_, err := sender(t, cfg).Send(t.Context(), outgoing(t, code))
		require.NoError(t, err)
		require.Equal(t, want, <-asked)
	}
}

// sameJSON compares as JSON: key order and spaces mean nothing to Meta.
func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	one, _ := json.Marshal(x)
	two, _ := json.Marshal(y)
	return string(one) == string(two)
}

func TestCodesOfOtherShapes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"000042", "AB-12 cd", "123456789012345", "١٢٣٤٥٦", `<"&>\`, "пароль-пароль-1"} {
		got, _ := sent(t, outgoing(t, text))
		require.Equal(t, "+12025550143", got.To)
		require.Len(t, got.Template.Components, 2)
		for _, component := range got.Template.Components {
			require.Equal(t, text, component.Parameters[0].Text)
		}
	}
}

func TestTooLongCodeIsNotSent(t *testing.T) {
	t.Parallel()
	meta := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the code was sent")
	}))
	defer meta.Close()
	_, err := sender(t, config(meta.URL)).Send(t.Context(), outgoing(t, code+"7890123456"))
	require.Empty(t, requireFailure(t, err, courier.ClassRecipient).Variant, "nothing was tried")
}

func TestAcceptedAnswers(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/send/200-*.json")
	require.NoError(t, err)
	require.Len(t, files, 6)
	for _, file := range files {
		meta := answering(t, http.StatusOK, fixture(t, strings.TrimPrefix(file, "testdata/")))
		accepted, err := sender(t, config(meta.URL)).Send(t.Context(), outgoing(t, code))
		require.NoError(t, err, file)
		require.True(t, strings.HasPrefix(accepted.ProviderID, "wamid."), file)
		require.True(t, accepted.Receipts)
	}
}

func TestAcceptedButUnreadable(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": "", "cut": `{"messaging_product":"whatsapp","messages":[{"id":"wamid.A`, "html": "<html>ok</html>",
		"no messages": `{"messages":[]}`, "empty id": `{"messages":[{"id":""}]}`, "other type": `{"messages":{"id":"x"}}`,
		"id of other type": `{"messages":[{"id":{}}]}`, "null": "null",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sender(t, config(answering(t, http.StatusOK, body).URL)).Send(t.Context(), outgoing(t, code))
			require.Equal(t, "en_US", requireFailure(t, err, courier.ClassUnknown).Variant)
		})
	}
}

func TestSlowBodyAfterAcceptance(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"messages":[{"id":"wamid`)
		_ = http.NewResponseController(w).Flush()
		<-release
	}))
	defer meta.Close()
	defer close(release)
	cfg := config(meta.URL)
	cfg.Timeout = 200 * time.Millisecond
	_, err := sender(t, cfg).Send(t.Context(), outgoing(t, code))
	requireFailure(t, err, courier.ClassUnknown)
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	meta := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
	}))
	defer meta.Close()
	defer close(release)
	cfg := config(meta.URL)
	cfg.Timeout = 200 * time.Millisecond
	_, err := sender(t, cfg).Send(t.Context(), outgoing(t, code))
	failure := requireFailure(t, err, courier.ClassUnknown)
	require.Equal(t, "en_US", failure.Variant)
	require.Contains(t, failure.Reason, "in time (at most 200ms)")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestConnectionCut(t *testing.T) {
	t.Parallel()
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	}))
	defer meta.Close()
	_, err := sender(t, config(meta.URL)).Send(t.Context(), outgoing(t, code))
	requireFailure(t, err, courier.ClassUnknown)
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	meta := httptest.NewServer(http.NotFoundHandler())
	meta.Close()
	_, err := sender(t, config(meta.URL)).Send(t.Context(), outgoing(t, code, "es"))
	require.Equal(t, "es", requireFailure(t, err, courier.ClassTransient).Variant)
}

func TestNewReportsAllFaultsByPath(t *testing.T) {
	t.Parallel()
	_, err := whatsapp.New(whatsapp.Config{AccessToken: "two\nlines of secret"})
	for _, path := range []string{
		"whatsapp.base_url:", "whatsapp.api_version:", "whatsapp.phone_number_id:", "whatsapp.access_token:",
		"whatsapp.template.name:", "whatsapp.template.default_language:",
	} {
		require.ErrorContains(t, err, path)
	}
	require.NotContains(t, err.Error(), "secret")

	for name, change := range map[string]func(*whatsapp.Config){
		"whatsapp.base_url:":                  func(c *whatsapp.Config) { c.BaseURL = "https://graph.facebook.com/?a=b" },
		"whatsapp.api_version:":               func(c *whatsapp.Config) { c.APIVersion = "25.0" },
		"whatsapp.phone_number_id:":           func(c *whatsapp.Config) { c.PhoneNumberID = "+1 202 555 0100" },
		"whatsapp.template.languages:":        func(c *whatsapp.Config) { c.Template.Languages = []string{"en_US", "English"} },
		"whatsapp.template.default_language:": func(c *whatsapp.Config) { c.Template.DefaultLanguage = "fr" },
	} {
		cfg := config("https://graph.facebook.com")
		change(&cfg)
		_, err := whatsapp.New(cfg)
		require.ErrorContains(t, err, name)
	}
}

func TestNothingPrintsTheToken(t *testing.T) {
	t.Parallel()
	cfg := config("https://graph.facebook.com")
	cfg.AppSecret = "secret of " + token
	cfg.ProxyURL = "http://us:" + token + "@proxy.example.com"
	asJSON, err := json.Marshal(cfg)
	require.NoError(t, err)
	require.NotContains(t, string(asJSON), token)
	s := sender(t, cfg)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
		for _, value := range []any{cfg, &cfg, s, *s, []whatsapp.Config{cfg}, struct{ C whatsapp.Config }{cfg}} {
			require.NotContains(t, fmt.Sprintf(verb, value), token)
			require.NotContains(t, fmt.Sprintf(verb, value), fmt.Sprintf("%x", token))
		}
	}
}
