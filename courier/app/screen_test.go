package app

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// liveStream asks for the stream of the page and returns its pieces by name, as they come.
func liveStream(t *testing.T, r *running, key, body string) (status int, pieces <-chan [2]string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.Addresses().Private+"/admin/ui/live", strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("X-API-Key", key)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	found := make(chan [2]string, 100)
	go func() {
		defer close(found)
		defer answer.Body.Close()
		name := ""
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if text, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = text
			}
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var html string
				if json.Unmarshal([]byte(text), &html) == nil {
					found <- [2]string{name, html}
				}
			}
		}
	}()
	return answer.StatusCode, found
}

// awaitPiece waits for a piece that has a text.
func awaitPiece(t *testing.T, pieces <-chan [2]string, name, text string) string {
	t.Helper()
	for {
		select {
		case piece, open := <-pieces:
			require.True(t, open, "the stream ended before %s had %q", name, text)
			if piece[0] == name && strings.Contains(piece[1], text) {
				return piece[1]
			}
		case <-time.After(30 * time.Second):
			require.Fail(t, "no piece", "%s with %q", name, text)
		}
	}
}

func TestThePageNeedsNoKeyAndShowsNothingWithoutOne(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	private := "http://" + r.Addresses().Private
	for path, kind := range map[string]string{"": "text/html; charset=utf-8", "/screen.js": "text/javascript; charset=utf-8", "/screen.css": "text/css; charset=utf-8"} {
		answer, text := ask(t, http.MethodGet, private+"/admin/ui"+path, nil)
		require.Equal(t, http.StatusOK, answer.StatusCode, path)
		require.Equal(t, kind, answer.Header.Get("Content-Type"))
		require.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
		require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
		require.NotContains(t, text, "style=", "the policy forbids it")
	}
	for _, key := range []string{"", "a-key-that-nobody-has", kratosKey} {
		status, _ := liveStream(t, r, key, "{}")
		require.Equal(t, http.StatusUnauthorized, status)
	}
	answer, _ := ask(t, http.MethodGet, "http://"+r.Addresses().Public+"/admin/ui", nil)
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
	for _, body := range []string{"", "[]", `{"phone":"123"}`, `{"number":"+12025550143"}`, `{"phone":"` + strings.Repeat("1", 5000) + `"}`} {
		status, _ := liveStream(t, r, adminKey, body)
		require.Equal(t, http.StatusBadRequest, status, body)
	}
}

func TestThePageIsLive(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Admin.APIKeys = append(c.Admin.APIKeys, AdminKey{Name: "ben", Role: roleRead, Key: readOnlyKey})
	r := start(t, c)
	status, pieces := liveStream(t, r, readOnlyKey, "{}")
	require.Equal(t, http.StatusOK, status)
	awaitPiece(t, pieces, "deliveries", "There are none.")
	_, of := liveStream(t, r, adminKey, `{"phone":"+12025550143"}`)
	_, used := liveStream(t, r, adminKey, `{"phone":"+12025550143"}`)
	_, other := liveStream(t, r, adminKey, `{"phone":"+12025550144"}`)
	answer, _ := ask(t, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
	id := answer.Header.Get("X-Delivery-Id")

	all := awaitPiece(t, pieces, "deliveries", "WhatsApp by meta: taken") + awaitPiece(t, of, "deliveries", id) + awaitPiece(t, used, "limits", "Codes for this number")
	require.Contains(t, all, "&#43;1********43")
	require.NotContains(t, all, "12025550143")
	require.NotContains(t, all, "135790")
	awaitPiece(t, other, "deliveries", "There are none.")
	for name, text := range map[string]string{"health": "Nothing is degraded", "limits": "SMS in all", "funnel": "Taken by a provider"} {
		_, again := liveStream(t, r, adminKey, "{}")
		awaitPiece(t, again, name, text)
	}
	require.NotContains(t, r.log.String(), "12025550143")

	// Streams do not hold up a stop.
	_, last := liveStream(t, r, adminKey, "{}")
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	for range last { // until the courier ends it
	}
	require.NoError(t, <-stopped)
	require.NotContains(t, r.log.String(), "still under way")
}
