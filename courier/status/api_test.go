package status

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

const mine = "00112233445566778899aabbccddeeff"

// guide knows one token, if any.
type guide struct {
	mu     sync.Mutex
	hint   courier.Hint
	known  bool
	broken error
	asked  int
}

func (g *guide) Hint(_ context.Context, t courier.Token) (courier.Hint, bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	if !g.known || t.Reveal() != mine {
		return courier.Hint{State: courier.HintSending}, false, g.broken
	}
	return g.hint, true, g.broken
}

func (g *guide) set(h courier.Hint) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hint, g.known = h, true
}

func newAPI(g *guide, now func() time.Time) (*API, *[]string) {
	var trouble []string
	return &API{
		Guide: g, Visitors: &Visitors{Requests: 5, Guesses: 3, Streams: 20, Now: now},
		Origins: []string{"https://login.example.com"},
		Client:  func(r *http.Request) string { return strings.Split(r.RemoteAddr, ":")[0] },
		Trouble: func(doing string, _ error) { trouble = append(trouble, doing) },
		Answer:  herodot.NewJSONWriter(nil), Ending: make(chan struct{}),
	}, &trouble
}

func get(a *API, token string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, Path, nil)
	r.Header.Set(tokenHeader, token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

// noon is when these tests play.
func noon() time.Time { return time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC) }

func TestWhatIsAnswered(t *testing.T) {
	t.Parallel()
	g := &guide{}
	a, _ := newAPI(g, noon)
	unknown := get(a, mine)
	require.Equal(t, http.StatusOK, unknown.Code)
	require.JSONEq(t, `{"state":"sending"}`, unknown.Body.String())
	require.Equal(t, "no-store", unknown.Header().Get("Cache-Control"))

	g.set(courier.Hint{State: courier.HintSending})
	pending := get(a, mine)
	require.Equal(t, unknown.Body.String(), pending.Body.String(), "a token that nobody sent looks like one whose message is on its way")
	require.Equal(t, unknown.Header(), pending.Header())

	g.set(courier.Hint{
		State: courier.HintWhatsApp, ReceivedAt: noon().Add(900 * time.Millisecond), SMSAt: noon().Add(30 * time.Second),
		EndsAt: noon().Add(5 * time.Minute), NextCodeAt: noon().Add(time.Minute + time.Millisecond),
	})
	require.JSONEq(t, `{"state":"check_whatsapp","received_at":"2026-11-27T12:00:00Z","sms_at":"2026-11-27T12:00:30Z",
		"ends_at":"2026-11-27T12:05:00Z","next_code_at":"2026-11-27T12:01:01Z"}`, get(a, mine).Body.String(), "never too early for the next code")
}

func TestATokenThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	g := &guide{}
	a, _ := newAPI(g, noon)
	for _, token := range []string{"", "short", mine + "\x01"} {
		w := get(a, token)
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Contains(t, w.Body.String(), "X-Delivery-Token")
	}
	require.Zero(t, g.asked)
}

func TestAFaultIsToldToOperatorsOnly(t *testing.T) {
	t.Parallel()
	g := &guide{broken: errors.New("no database at db.internal")}
	a, trouble := newAPI(g, noon)
	w := get(a, mine)
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NotContains(t, w.Body.String(), "db.internal")
	require.Equal(t, []string{"answering a login page"}, *trouble)
}

func TestOtherOrigins(t *testing.T) {
	t.Parallel()
	a, _ := newAPI(&guide{}, noon)
	for origin, allowed := range map[string]string{
		"https://login.example.com": "https://login.example.com", "https://evil.example.com": "", "null": "", "": "",
	} {
		r := httptest.NewRequest(http.MethodOptions, Path, nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		require.Equal(t, http.StatusNoContent, w.Code)
		require.Equal(t, allowed, w.Header().Get("Access-Control-Allow-Origin"))
		require.Equal(t, "Origin", w.Header().Get("Vary"))
		require.Equal(t, allowed != "", w.Header().Get("Access-Control-Allow-Headers") == tokenHeader)
		require.Equal(t, allowed, get(a, "", "Origin", origin).Header().Get("Access-Control-Allow-Origin"), "and so the script can read why")
	}
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	now := noon()
	g := &guide{}
	a, _ := newAPI(g, func() time.Time { return now })
	g.set(courier.Hint{State: courier.HintSMS})
	for range 5 {
		require.Equal(t, http.StatusOK, get(a, mine).Code)
	}
	now = now.Add(20 * time.Second)
	w := get(a, mine)
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "40", w.Header().Get("Retry-After"))
	require.Equal(t, 5, g.asked, "and the store is not asked")
	now = now.Add(40 * time.Second)
	require.Equal(t, http.StatusOK, get(a, mine).Code)

	now = now.Add(time.Minute)
	for range 3 {
		require.Equal(t, http.StatusOK, get(a, mine[2:]+"00").Code)
	}
	require.Equal(t, http.StatusTooManyRequests, get(a, mine).Code, "who guesses is refused sooner")
}

// events are the data of a stream.
func events(t *testing.T, w *httptest.ResponseRecorder) (states []string) {
	t.Helper()
	for line := range strings.Lines(w.Body.String()) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var v struct{ State string }
			require.NoError(t, json.Unmarshal([]byte(data), &v))
			states = append(states, v.State)
		}
	}
	return states
}

func TestAStreamTellsWhatChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &guide{}
		a, _ := newAPI(g, time.Now)
		began := time.Now()
		time.AfterFunc(2500*time.Millisecond, func() { g.set(courier.Hint{State: courier.HintWhatsApp}) })
		time.AfterFunc(5500*time.Millisecond, func() { g.set(courier.Hint{State: courier.HintEnded}) })
		w := get(a, mine, "Accept", "text/event-stream")
		require.Equal(t, "text/event-stream", w.Header().Get("Content-Type"))
		require.Equal(t, []string{"sending", "check_whatsapp", "ended"}, events(t, w))
		require.Equal(t, 6*time.Second, time.Since(began), "what has ended changes no more")
		require.Contains(t, w.Body.String(), ": alive\n\n")
		require.Contains(t, w.Body.String(), "event: status\n")
	})
}

func TestAStreamEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end   func(a *API, g *guide, leave func())
		after time.Duration
	}{
		"before the listener cuts it off": {func(*API, *guide, func()) {}, 19 * time.Second},
		"when the courier stops":          {func(a *API, _ *guide, _ func()) { a.Ending = closed() }, 0},
		"when the client goes":            {func(_ *API, _ *guide, leave func()) { time.AfterFunc(3*time.Second, leave) }, 3 * time.Second},
		"when the store fails": {func(_ *API, g *guide, _ func()) {
			time.AfterFunc(2500*time.Millisecond, func() { g.mu.Lock(); defer g.mu.Unlock(); g.broken = errors.New("no database") })
		}, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &guide{}
				a, _ := newAPI(g, time.Now)
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				c.end(a, g, leave)
				began := time.Now()
				r := httptest.NewRequestWithContext(ctx, http.MethodGet, Path, nil)
				r.Header.Set(tokenHeader, mine)
				r.Header.Set("Accept", eventStream)
				w := httptest.NewRecorder()
				a.ServeHTTP(w, r)
				require.Equal(t, c.after, time.Since(began))
				require.Equal(t, []string{"sending"}, events(t, w))
				require.Zero(t, a.Visitors.total, "its place is free again")
			})
		})
	}
}

func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestNoMoreStreamsThanPlaces(t *testing.T) {
	t.Parallel()
	a, _ := newAPI(&guide{}, noon)
	a.Ending = closed()
	for _, client := range []string{"192.0.2.1", "192.0.2.1"} {
		require.True(t, a.Visitors.open(client))
	}
	w := get(a, mine, "Accept", eventStream)
	require.Equal(t, http.StatusTooManyRequests, w.Code, "a tenth of them for one address")
	require.Equal(t, "19", w.Header().Get("Retry-After"))
	require.Equal(t, http.StatusOK, get(a, mine).Code, "and it may ask once")
	a.Visitors.close("192.0.2.1")
	require.Equal(t, http.StatusOK, get(a, mine, "Accept", eventStream).Code)
}
