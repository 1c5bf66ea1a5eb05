package courier

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
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	ann   = "+12025550143"
	bob   = "+13035550144"
	brit  = "+447700900123"
	bruna = "+5585988887777"
)

// world is Kratos, Meta and the SMS provider around one courier, in a bubble of
// testing/synctest: minutes pass at once.
type world struct {
	t      *testing.T
	o      Options
	c      *Courier
	cancel context.CancelFunc
	log    bytes.Buffer
	exits  int

	mu            sync.Mutex
	whatsApp, sms []sentMessage
	// meta answers the nth request, from 1; status 0 is no answer.
	meta func(n int) (status int, body string)
}

type sentMessage struct {
	to, code, language string
	components         int
}

func newWorld(t *testing.T, fault Fault, change func(*Options)) *world {
	o := Options{
		KratosKey: "the key", MetaURL: "http://meta", MetaVersion: "v25.0", MetaToken: "token", PhoneNumberID: "15550100",
		AppSecret: "secret", VerifyToken: "verify", Template: "login_code", Languages: []string{"en_US", "de"},
		SMSURL: "http://sms", SMSAccount: "AC", SMSToken: "token", SMSFrom: "+15550100124",
		Journal: filepath.Join(t.TempDir(), "journal"), Life: 5 * time.Minute, MinRest: time.Second,
		After: 30 * time.Second, Overall: time.Minute, Max: 3, Window: 10 * time.Minute, MaxSMS: 100,
		Probe: time.Minute, AbsentFor: time.Hour, Supersede: 2 * time.Second, Timeout: 10 * time.Second,
		Refused: []string{"+44"}, Fault: fault,
	}
	if change != nil {
		change(&o)
	}
	w := &world{t: t, o: o}
	w.start()
	return w
}

func (w *world) start() {
	ctx, cancel := context.WithCancel(context.Background())
	w.c, w.cancel = newCourier(ctx, w.o, &w.log), cancel
	w.c.client.Transport, w.c.exit = w, func(int) { w.exits++ }
	require.NoError(w.t, w.c.open())
}

// restart is a crash, except that requests under way are finished.
func (w *world) restart() {
	w.stop()
	w.start()
}

func (w *world) stop() {
	w.cancel()
	w.c.running.Wait()
	require.NoError(w.t, w.c.journal.file.Close())
}

// RoundTrip plays Meta and the SMS provider.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	status, body := http.StatusCreated, `{"sid":"SM1"}`
	if r.URL.Host == "meta" {
		status, body = w.asMeta(raw)
	} else {
		form, _ := url.ParseQuery(string(raw))
		w.mu.Lock()
		w.sms = append(w.sms, sentMessage{to: form.Get("To"), code: strings.TrimPrefix(form.Get("Body"), "Your code is ")})
		w.mu.Unlock()
	}
	if status == 0 {
		return nil, errors.New("connection reset")
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{}}, nil
}

func (w *world) asMeta(raw []byte) (int, string) {
	var m struct {
		To       string `json:"to"`
		Template struct {
			Language struct {
				Code string `json:"code"`
			} `json:"language"`
			Components []struct {
				Parameters []struct {
					Text string `json:"text"`
				} `json:"parameters"`
			} `json:"components"`
		} `json:"template"`
	}
	_ = json.Unmarshal(raw, &m)
	w.mu.Lock()
	w.whatsApp = append(w.whatsApp, sentMessage{m.To, m.Template.Components[0].Parameters[0].Text, m.Template.Language.Code, len(m.Template.Components)})
	n, meta := len(w.whatsApp), w.meta
	w.mu.Unlock()
	if meta != nil {
		if status, body := meta(n); status != http.StatusOK {
			return status, body
		}
	}
	return http.StatusOK, fmt.Sprintf(`{"messages":[{"id":"wamid.%d"}]}`, n)
}

// refusing lets Meta refuse the first requests with one of its codes.
func (w *world) refusing(status, code, times int) {
	w.meta = func(n int) (int, string) {
		if n > times {
			return http.StatusOK, ""
		}
		return status, fmt.Sprintf(`{"error":{"code":%d}}`, code)
	}
}

func (w *world) ask(handler http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer
}

// post is a message of Kratos; more goes into its template data.
func (w *world) post(phone, code string, more map[string]any) *httptest.ResponseRecorder {
	data := map[string]any{"login_code": code, "identity": map[string]any{"id": "of " + phone}}
	kind := "login_code_valid"
	for name, value := range more {
		data[name] = value
	}
	if _, ok := data["verification_code"]; ok {
		kind = "verification_code_valid"
	}
	body, _ := json.Marshal(map[string]any{"recipient": phone, "template_type": kind, "body": "Use " + code + " or 4711", "template_data": data})
	return w.ask(w.c.private(), http.MethodPost, "/messages", string(body), "X-API-Key", "the key")
}

// codes posts that many messages to a number, each with a code of its own.
func (w *world) codes(phone string, count int) (last *httptest.ResponseRecorder) {
	for i := range count {
		last = w.post(phone, fmt.Sprintf("9%05d", i), nil)
		w.pass(time.Millisecond)
	}
	return last
}

// atOnce posts to so many numbers, or so often to one, at the same time.
func (w *world) atOnce(count int, phone func(i int) string, more map[string]any) {
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() { w.post(phone(i), fmt.Sprintf("8%05d", i), more) })
	}
	all.Wait()
}

// report is a status of a message from Meta, signed.
func (w *world) report(id, status, recipient string) int {
	return w.signed(fmt.Sprintf(`{"entry":[{"changes":[{"value":{"metadata":{"phone_number_id":"15550100"},"statuses":[
		{"id":%q,"status":%q,"recipient_id":%q}]}}]}]}`, id, status, recipient))
}

func (w *world) signed(body string) int {
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte(body))
	return w.ask(w.c.public(), http.MethodPost, "/webhook", body, "X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil))).Code
}

func (w *world) event(phone string) {
	w.ask(w.c.private(), http.MethodPost, "/events", fmt.Sprintf(`{"phone":%q}`, phone), "X-API-Key", "the key")
}

// pass lets time pass, and everything that is due happen.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (w *world) seen() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprintf("%d WhatsApp, %d SMS", len(w.whatsApp), len(w.sms))
}
