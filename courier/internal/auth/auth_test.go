package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"
)

// quiet swallows what herodot would print.
type quiet struct{}

func (quiet) ReportError(*http.Request, int, error, ...any) {}

// ask returns what a guarded handler answers to a request.
func ask(c Credentials, change func(*http.Request)) *httptest.ResponseRecorder {
	handler := c.Guard(herodot.NewJSONWriter(quiet{}), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	change(request)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestEveryKindOfCredentialIsTaken(t *testing.T) {
	t.Parallel()
	c := New([]string{"another key", "key-of-kratos"}, "kratos", "päss")
	for name, change := range map[string]func(*http.Request){
		"header": func(q *http.Request) { q.Header.Set("X-API-Key", "key-of-kratos") },
		"bearer": func(q *http.Request) { q.Header.Set("Authorization", "bearer key-of-kratos") },
		"basic":  func(q *http.Request) { q.SetBasicAuth("kratos", "päss") },
	} {
		require.Equal(t, http.StatusNoContent, ask(c, change).Code, name)
	}
}

func TestOtherCredentialsAreRefused(t *testing.T) {
	t.Parallel()
	c := New([]string{"key-of-kratos"}, "kratos", "päss")
	for name, change := range map[string]func(*http.Request){
		"none":           func(*http.Request) {},
		"wrong key":      func(q *http.Request) { q.Header.Set("X-API-Key", "key-of-kratox") },
		"wrong bearer":   func(q *http.Request) { q.Header.Set("Authorization", "Bearer x") },
		"wrong password": func(q *http.Request) { q.SetBasicAuth("kratos", "pass") },
	} {
		answer := ask(c, change)
		require.Equal(t, http.StatusUnauthorized, answer.Code, name)
		require.Contains(t, answer.Body.String(), "X-API-Key", name)
		require.NotContains(t, answer.Body.String(), "key-of", name)
		require.NotEmpty(t, answer.Header().Get("WWW-Authenticate"), name)
		require.Empty(t, answer.Header().Get("Retry-After"), name)
	}
}

func TestWithoutConfiguredCredentialsAllAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*http.Request){
		"nothing":      func(*http.Request) {},
		"empty key":    func(q *http.Request) { q.Header.Set("X-API-Key", "") },
		"empty bearer": func(q *http.Request) { q.Header.Set("Authorization", "Bearer ") },
		"empty basic":  func(q *http.Request) { q.SetBasicAuth("", "") },
	} {
		require.Equal(t, http.StatusUnauthorized, ask(New(nil, "", ""), change).Code, name)
	}
}
