package testkit

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serve is a target that answers like this.
func serve(t *testing.T, answer http.HandlerFunc) (url string) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func TestAnAnswerWithoutAnEndIsAnError(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	})
	_, err := Do(t.Context(), http.MethodGet, url, "")
	require.EqualError(t, err, url+" answers more than 16777216 bytes")
}

func TestARedirectWithoutAnEndIsAnError(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	})
	_, err := Do(t.Context(), http.MethodPost, url+"/round", "a body")
	require.ErrorContains(t, err, "stopped after 10 redirects")
}

func TestAnAnswerThatDoesNotComeEndsWithTheContext(t *testing.T) {
	t.Parallel()
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Do(ctx, http.MethodGet, url, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestAWrongAnswerIsQuotedInShort(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Repeat("no ", 1000), http.StatusTeapot)
	})
	err := expectOK(t.Context(), url)
	require.ErrorContains(t, err, "answered 418, not 200: no no")
	require.Less(t, len(err.Error()), 400)
}
