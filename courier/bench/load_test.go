package bench

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A courier that cannot keep a rate is a figure, not the end of the run.
func TestUnreadMessagesAreCounted(t *testing.T) {
	t.Parallel()
	takes := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(takes.Close)
	meta, err := newStandIn(t.Context())
	require.NoError(t, err)
	t.Cleanup(meta.close)
	generator, err := newGenerator()
	require.NoError(t, err)
	generator.within = time.Millisecond
	silent := &target{name: "silent", messages: []string{takes.URL}, pids: []int{os.Getpid()}, meta: meta}

	got, err := generator.run(t.Context(), silent, load{rate: 100, span: 100 * time.Millisecond})
	require.NoError(t, err)
	require.Equal(t, 10, got.unread)
	require.Zero(t, got.messages)

	never := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-never }))
	t.Cleanup(hangs.Close)
	t.Cleanup(func() { close(never) })
	silent.messages = []string{hangs.URL}
	generator.client.Timeout = 50 * time.Millisecond
	got, err = generator.run(t.Context(), silent, load{rate: 100, span: 50 * time.Millisecond})
	require.NoError(t, err)
	require.Equal(t, 5, got.unread)
	require.False(t, got.kept())
	generator.client.Timeout = 0

	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(cut.Close)
	silent.messages = []string{cut.URL}
	got, err = generator.run(t.Context(), silent, load{rate: 100, span: 50 * time.Millisecond})
	require.NoError(t, err)
	require.Equal(t, 5, got.unread)

	silent.messages = []string{takes.URL}
	generator.client.CloseIdleConnections()
	takes.Close()
	_, err = generator.run(t.Context(), silent, load{rate: 10, span: 100 * time.Millisecond})
	require.ErrorContains(t, err, "silent: ", "no answer is a fault")
}
