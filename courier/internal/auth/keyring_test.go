package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"
)

func TestAKeyringTellsWhoHasTheKey(t *testing.T) {
	t.Parallel()
	var ring Keyring
	ring.Add("key-of-anna", Holder{Name: "anna"})
	ring.Add("key-of-ben", Holder{Name: "ben", ReadOnly: true})
	var seen *Holder
	handler := ring.Guard(herodot.NewJSONWriter(quiet{}), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		holder := HolderOf(r.Context())
		seen = &holder
	}))
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   *Holder
	}{
		"header":       {func(q *http.Request) { q.Header.Set("X-API-Key", "key-of-anna") }, &Holder{Name: "anna"}},
		"bearer":       {func(q *http.Request) { q.Header.Set("Authorization", "Bearer key-of-ben") }, &Holder{Name: "ben", ReadOnly: true}},
		"none":         {func(*http.Request) {}, nil},
		"empty":        {func(q *http.Request) { q.Header.Set("X-API-Key", "") }, nil},
		"wrong":        {func(q *http.Request) { q.Header.Set("X-API-Key", "key-of-ann") }, nil},
		"a pair":       {func(q *http.Request) { q.SetBasicAuth("anna", "key-of-anna") }, nil},
		"name as well": {func(q *http.Request) { q.Header.Set("X-API-Key", "anna") }, nil},
	} {
		seen = nil
		request, answer := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		c.change(request)
		handler.ServeHTTP(answer, request)
		require.Equal(t, c.want, seen, name)
		if c.want == nil {
			require.Equal(t, http.StatusUnauthorized, answer.Code, name)
			require.NotEmpty(t, answer.Header().Get("WWW-Authenticate"), name)
		}
	}
	require.Equal(t, Holder{ReadOnly: true}, HolderOf(t.Context()), "without a keyring nobody changes anything")
	_, found := Keyring{}.find("")
	require.False(t, found)
}
