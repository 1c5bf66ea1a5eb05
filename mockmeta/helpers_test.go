package mockmeta_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
)

const (
	phone  = "+12025550143"
	phone2 = "+12025550144"
)

// bench is a mock with a receiver of its webhooks.
type bench struct {
	*mockmeta.Server
	t    *testing.T
	ctx  context.Context
	hook *receiver
}

// start runs a calm mock with a subscribed receiver.
func start(t *testing.T, change ...func(*mockmeta.Options)) *bench {
	t.Helper()
	o := mockmeta.Options{Calm: true, SentAfter: time.Millisecond, DeliveredAfter: time.Millisecond, ReadAfter: time.Millisecond}
	for _, c := range change {
		c(&o)
	}
	b := &bench{Server: mockmeta.New(o), t: t, hook: newReceiver(t)}
	t.Cleanup(b.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	b.ctx = ctx
	require.NoError(t, b.Client().Subscribe(ctx, b.hook.url, mockmeta.DefaultVerifyToken))
	return b
}

// terminal keeps what a mock prints.
type terminal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *terminal) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// takes lets the mock print here.
func (l *terminal) takes(o *mockmeta.Options) { o.Log = slog.New(slog.NewTextHandler(l, nil)) }

// lines are those that contain all the words.
func (l *terminal) lines(words ...string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for line := range strings.Lines(l.text.String()) {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) }) {
			out = append(out, line)
		}
	}
	return out
}

// receiver is a webhook callback that keeps what it got.
type receiver struct {
	url string

	mu     sync.Mutex
	posts  []post
	asked  int             // handshakes
	answer func(n int) int // the status for the n-th post, from 0
}

type post struct {
	body   []byte
	header http.Header
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{answer: func(int) int { return http.StatusOK }}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodGet {
			r.mu.Lock()
			r.asked++
			r.mu.Unlock()
			if q := req.URL.Query(); q.Get("hub.mode") == "subscribe" && q.Get("hub.verify_token") == mockmeta.DefaultVerifyToken {
				fmt.Fprint(w, q.Get("hub.challenge"))
				return
			}
			w.WriteHeader(http.StatusForbidden)
			return
		}
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		status := r.answer(len(r.posts))
		r.posts = append(r.posts, post{body, req.Header.Clone()})
		r.mu.Unlock()
		w.WriteHeader(status)
	}))
	t.Cleanup(srv.Close)
	r.url = srv.URL + "/webhooks/meta"
	return r
}

func (r *receiver) all() []post {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]post{}, r.posts...)
}

func (r *receiver) handshakes() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

func (r *receiver) setAnswer(answer func(n int) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// statuses are the status objects of all posts so far, in order of arrival.
func (r *receiver) statuses(t *testing.T) []map[string]any {
	t.Helper()
	var out []map[string]any
	for _, p := range r.all() {
		out = append(out, statusesIn(t, p.body)...)
	}
	return out
}

func statusesIn(t *testing.T, body []byte) []map[string]any {
	t.Helper()
	var b struct {
		Entry []struct {
			Changes []struct {
				Value struct {
					Statuses []map[string]any `json:"statuses"`
				} `json:"value"`
			} `json:"changes"`
		} `json:"entry"`
	}
	require.NoError(t, json.Unmarshal(body, &b))
	var out []map[string]any
	for _, e := range b.Entry {
		for _, c := range e.Changes {
			out = append(out, c.Value.Statuses...)
		}
	}
	return out
}

// otp is the body of an authentication template message.
func otp(to, code string) map[string]any {
	parameters := []any{map[string]any{"type": "text", "text": code}}
	return map[string]any{
		"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "template",
		"template": map[string]any{
			"name": "login_code", "language": map[string]any{"code": "en_US"},
			"components": []any{
				map[string]any{"type": "body", "parameters": parameters},
				map[string]any{"type": "button", "sub_type": "url", "index": "0", "parameters": parameters},
			},
		},
	}
}

// answer is what the API said.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    []byte
}

// code is the code of an error envelope; 0 when there is none.
func (a answer) code() int {
	e, _ := a.body["error"].(map[string]any)
	code, _ := e["code"].(float64)
	return int(code)
}

// wamid is the id of an accepted message.
func (a answer) wamid() string {
	list, _ := a.body["messages"].([]any)
	if len(list) == 0 {
		return ""
	}
	id, _ := list[0].(map[string]any)["id"].(string)
	return id
}

// graph calls the Graph API with the right token; body is JSON, bytes or nil.
func (b *bench) graph(method, path string, body any) answer {
	b.t.Helper()
	return b.graphAs(mockmeta.DefaultAccessToken, method, path, body)
}

func (b *bench) graphAs(token, method, path string, body any) answer {
	b.t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case []byte:
		reader = bytes.NewReader(body)
	default:
		raw, err := json.Marshal(body)
		require.NoError(b.t, err)
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(b.ctx, method, b.URL+path, reader)
	require.NoError(b.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return b.do(req)
}

func (b *bench) do(req *http.Request) answer {
	b.t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(b.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	a := answer{status: res.StatusCode, header: res.Header, raw: raw}
	if len(raw) > 0 && strings.Contains(res.Header.Get("Content-Type"), "json") {
		require.NoError(b.t, json.Unmarshal(raw, &a.body), "%s", raw)
	}
	return a
}

// send posts a message and returns the answer.
func (b *bench) send(body any) answer {
	b.t.Helper()
	return b.graph(http.MethodPost, "/v25.0/"+mockmeta.PhoneNumberID+"/messages", body)
}

// accepted sends a code and returns the wamid.
func (b *bench) accepted(to, code string) string {
	b.t.Helper()
	a := b.send(otp(to, code))
	require.Equal(b.t, http.StatusOK, a.status, "%s", a.raw)
	return a.wamid()
}

// sms posts a form to the SMS API.
func (b *bench) sms(user, password string, form url.Values) answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost,
		b.URL+"/2010-04-01/Accounts/"+mockmeta.DefaultTwilioAccountSID+"/Messages.json", strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(user, password)
	return b.do(req)
}

// set changes a value deep inside a body; a nil value removes it.
func set(body map[string]any, path string, value any) map[string]any {
	var at any = body
	parts := strings.Split(path, ".")
	for i, part := range parts {
		last := i == len(parts)-1
		switch v := at.(type) {
		case map[string]any:
			if !last {
				at = v[part]
			} else if value == nil {
				delete(v, part)
			} else {
				v[part] = value
			}
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil {
				panic(path + ": " + part + " is no index") // a fault of the test itself
			}
			if last {
				v[n] = value
			} else {
				at = v[n]
			}
		}
	}
	return body
}

// eventually polls until check is nil, and fails with its last reason.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			require.NoError(t, err)
		}
		time.Sleep(5 * time.Millisecond) // between two looks, not instead of one
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func decode(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal(raw, &v), "%s", raw)
	return v
}

// signed is the signature that a body must have.
func signed(body []byte) string {
	mac := hmac.New(sha256.New, []byte(mockmeta.DefaultAppSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// arrivedWhole are the statuses of the posts that came in complete.
func (b *bench) arrivedWhole(id string) []string {
	b.t.Helper()
	out := []string{}
	for _, p := range b.hook.all() {
		if !json.Valid(p.body) {
			continue
		}
		for _, st := range statusesIn(b.t, p.body) {
			if st["id"] == id {
				out = append(out, st["status"].(string))
			}
		}
	}
	return out
}
