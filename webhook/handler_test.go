package webhook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
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

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

const (
	secret    = "invented-app-secret-0123456789ab"
	oldSecret = "invented-app-secret-of-last-year"
	token     = "invented-verify-token"
)

// sink remembers what it was given.
type sink struct {
	calls  int
	events []webhook.Event
	err    error
}

func (s *sink) take(_ context.Context, events []webhook.Event) error {
	s.calls++
	s.events = append(s.events, events...)
	return s.err
}

func handler(s *sink) http.Handler {
	return webhook.New(webhook.Config{AppSecrets: []string{secret, oldSecret}, VerifyToken: token}, s.take)
}

func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func post(h http.Handler, body []byte, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/webhooks/meta", bytes.NewReader(body))
	if signature != "" {
		r.Header.Set("X-Hub-Signature-256", signature)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return body
}

func requireEnvelope(t *testing.T, w *httptest.ResponseRecorder, code int) {
	t.Helper()
	require.Equal(t, code, w.Code, w.Body)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var body struct {
		Error struct {
			Code                    int
			Status, Reason, Message string
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	require.Equal(t, code, body.Error.Code)
	require.Equal(t, http.StatusText(code), body.Error.Status)
	require.NotEmpty(t, body.Error.Reason)
	require.NotEmpty(t, body.Error.Message)
	for _, hidden := range []string{secret, oldSecret, token} {
		require.NotContains(t, w.Body.String(), hidden)
	}
}

func TestSignature(t *testing.T) {
	t.Parallel()
	body := fixture(t, "status-sent.json")
	other := sign(secret, append([]byte(" "), body...))
	for name, tc := range map[string]struct {
		signature string
		code      int
	}{
		"right":             {sign(secret, body), http.StatusOK},
		"right, old secret": {sign(oldSecret, body), http.StatusOK},
		"missing":           {"", http.StatusUnauthorized},
		"wrong secret":      {sign("somebody else's", body), http.StatusUnauthorized},
		"of another body":   {other, http.StatusUnauthorized},
		"empty secret":      {sign("", body), http.StatusUnauthorized},
		"no prefix":         {strings.TrimPrefix(sign(secret, body), "sha256="), http.StatusUnauthorized},
		"SHA-1 prefix":      {"sha1=" + strings.TrimPrefix(sign(secret, body), "sha256="), http.StatusUnauthorized},
		"upper case":        {"sha256=" + strings.ToUpper(strings.TrimPrefix(sign(secret, body), "sha256=")), http.StatusUnauthorized},
		"too short":         {sign(secret, body)[:60], http.StatusUnauthorized},
		"too long":          {sign(secret, body) + "00", http.StatusUnauthorized},
		"no hex":            {"sha256=" + strings.Repeat("z", 64), http.StatusUnauthorized},
		"only the prefix":   {"sha256=", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sink{}
			w := post(handler(s), body, tc.signature)
			if tc.code == http.StatusOK {
				require.Equal(t, http.StatusOK, w.Code)
				require.Equal(t, 1, s.calls)
				return
			}
			requireEnvelope(t, w, tc.code)
			require.Zero(t, s.calls)
		})
	}
}

func TestSignatureCoversRawBytes(t *testing.T) {
	t.Parallel()
	// The pair was made with openssl over the escaped bytes.
	body := fixture(t, "raw-escaped.body")
	var pair struct {
		AppSecret      string `json:"app_secret"`
		Value          string `json:"value"`
		ReencodedValue string `json:"reencoded_value"`
	}
	require.NoError(t, json.Unmarshal(fixture(t, "raw-escaped.sig.json"), &pair))
	require.Equal(t, secret, pair.AppSecret)

	s := &sink{}
	require.Equal(t, http.StatusOK, post(handler(s), body, pair.Value).Code)
	require.Equal(t, 1, s.calls)
	requireEnvelope(t, post(handler(s), body, pair.ReencodedValue), http.StatusUnauthorized)
	require.Equal(t, 1, s.calls)
}

func TestNoSecretMeansNoEntry(t *testing.T) {
	t.Parallel()
	body := fixture(t, "status-sent.json")
	for _, secrets := range [][]string{nil, {""}} {
		s := &sink{}
		h := webhook.New(webhook.Config{AppSecrets: secrets}, s.take)
		requireEnvelope(t, post(h, body, sign("", body)), http.StatusUnauthorized)
		require.Zero(t, s.calls)

		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?hub.mode=subscribe&hub.challenge=42&hub.verify_token=", nil))
		requireEnvelope(t, w, http.StatusForbidden)
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	s := &sink{}
	h := webhook.New(webhook.Config{AppSecrets: []string{secret}, MaxBody: 100}, s.take)
	fits := []byte(`{"object":"x","pad":"` + strings.Repeat("a", 77) + `"}`)
	require.Len(t, fits, 100)
	require.Equal(t, http.StatusOK, post(h, fits, sign(secret, fits)).Code)
	large := append(fits, ' ')
	requireEnvelope(t, post(h, large, sign(secret, large)), http.StatusRequestEntityTooLarge)
	require.Zero(t, s.calls)
}

func TestThreeMegabytesAndAThousandStatuses(t *testing.T) {
	t.Parallel()
	const n = 1000
	one := `{"id":"wamid.%04d","status":"sent","timestamp":"1794500001","pad":"` + strings.Repeat("a", 2900) + `"}`
	statuses := make([]string, n)
	for i := range statuses {
		statuses[i] = fmt.Sprintf(one, i)
	}
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[` +
		strings.Join(statuses, ",") + `]}}]}]}`)
	require.Greater(t, len(body), 2_900_000)
	s := &sink{}
	require.Equal(t, http.StatusOK, post(handler(s), body, sign(secret, body)).Code)
	require.Equal(t, 1, s.calls)
	require.Len(t, s.events, n)
	require.Equal(t, "wamid.0999", s.events[n-1].MessageID)
}

func TestSinkFailureAsksForRepeat(t *testing.T) {
	t.Parallel()
	body := fixture(t, "status-sent.json")
	s := &sink{err: errors.New("disk full, secret detail")}
	w := post(handler(s), body, sign(secret, body))
	requireEnvelope(t, w, http.StatusServiceUnavailable)
	require.NotContains(t, w.Body.String(), "detail")
	require.Empty(t, w.Header().Get("Retry-After"))
}

// spy knows whether an answer was begun.
type spy struct {
	*httptest.ResponseRecorder
	began bool
}

func (s *spy) WriteHeader(code int) {
	s.began = true
	s.ResponseRecorder.WriteHeader(code)
}

func (s *spy) Write(b []byte) (int, error) {
	s.began = true
	return s.ResponseRecorder.Write(b)
}

func TestAnswersAfterTheSink(t *testing.T) {
	t.Parallel()
	body := fixture(t, "status-sent.json")
	w := &spy{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest(http.MethodPost, "/webhooks/meta", bytes.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", sign(secret, body))
	webhook.New(webhook.Config{AppSecrets: []string{secret}}, func(context.Context, []webhook.Event) error {
		require.False(t, w.began, "answered before the events were safe")
		return nil
	}).ServeHTTP(w, r)
	require.True(t, w.began)
	require.Equal(t, http.StatusOK, w.Code)
}

func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":           "",
		"cut off":         `{"object":"whatsapp_business_account","entry":[{"id":"1"`,
		"form":            "a=b",
		"array":           "[]",
		"text":            `"whatsapp_business_account"`,
		"two values":      `{} {}`,
		"very deep":       strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000),
		"very deep array": strings.Repeat("[", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sink{}
			requireEnvelope(t, post(handler(s), []byte(body), sign(secret, []byte(body))), http.StatusBadRequest)
			require.Zero(t, s.calls)
		})
	}
}

func TestBodyThatEndsEarly(t *testing.T) {
	t.Parallel()
	s := &sink{}
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("{"), failing{}))
	r.Header.Set("X-Hub-Signature-256", sign(secret, []byte("{")))
	w := httptest.NewRecorder()
	handler(s).ServeHTTP(w, r)
	requireEnvelope(t, w, http.StatusBadRequest)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
		w := httptest.NewRecorder()
		handler(&sink{}).ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		requireEnvelope(t, w, http.StatusMethodNotAllowed)
		require.Equal(t, "GET, POST", w.Header().Get("Allow"))
	}
}

func TestConfigDoesNotPrintSecrets(t *testing.T) {
	t.Parallel()
	cfg := webhook.Config{AppSecrets: []string{secret}, VerifyToken: token}
	asJSON, err := json.Marshal(cfg)
	require.NoError(t, err)
	printed := []string{string(asJSON)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
		h := webhook.New(cfg, (&sink{}).take)
		printed = append(printed, fmt.Sprintf(verb, cfg), fmt.Sprintf(verb, &cfg), fmt.Sprintf(verb, h))
	}
	for _, text := range printed {
		require.NotContains(t, text, secret)
		require.NotContains(t, text, token)
	}
}
