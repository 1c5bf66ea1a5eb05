package bench

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// standIn plays Meta for one target: it takes every message at once and then reports
// that it was sent, delivered and read, by three signed webhooks, one after the other.
type standIn struct {
	url    string
	server *http.Server
	client *http.Client
	ids    atomic.Int64
	turns  atomic.Int64

	callbacks []string // in turns; set before the first message

	mu    sync.Mutex
	lives map[string]chan error // by recipient, as Meta is told it
	holds bool
	held  [][]byte
}

func newStandIn(ctx context.Context) (*standIn, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &standIn{
		url: "http://" + listener.Addr().String(), lives: make(map[string]chan error),
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
	}
	s.server = &http.Server{Handler: http.HandlerFunc(s.take), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

// callAt is where the webhooks go, in turns.
func (s *standIn) callAt(urls ...string) { s.callbacks = urls }

// hold keeps the webhooks of messages back from now on: the life of a message is over
// once Meta has it.
func (s *standIn) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds = true
}

// release posts webhooks at once again from now on, and returns those held back.
func (s *standIn) release() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.held
	s.holds, s.held = false, nil
	return held
}

// expect returns a channel that says when the life of a message is over: its last
// webhook is answered.
func (s *standIn) expect(to string) <-chan error {
	over := make(chan error, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lives[to] = over
	return over
}

// sent is what is read of a message.
type sent struct {
	To        string `json:"to"`
	Reference string `json:"biz_opaque_callback_data"`
}

func (s *standIn) take(w http.ResponseWriter, r *http.Request) {
	var m sent
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	id := "wamid.bench" + strconv.FormatInt(s.ids.Add(1), 10)
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"messaging_product":"whatsapp","contacts":[{"input":%q,"wa_id":%q}],"messages":[{"id":%q,"message_status":"accepted"}]}`,
		m.To, m.To[1:], id)
	go s.report(id, m)
}

// report posts the webhooks of a message.
func (s *standIn) report(id string, m sent) {
	bodies := [][]byte{webhookBody(id, "sent", m), webhookBody(id, "delivered", m), webhookBody(id, "read", m)}
	s.mu.Lock()
	over := s.lives[m.To]
	delete(s.lives, m.To)
	if s.holds {
		s.held, bodies = append(s.held, bodies...), nil
	}
	s.mu.Unlock()
	var err error
	for _, body := range bodies {
		if err = s.post(body); err != nil {
			break
		}
	}
	if over != nil {
		over <- err
	}
}

func (s *standIn) post(body []byte) error {
	callback := s.callbacks[int(s.turns.Add(1))%len(s.callbacks)]
	r, err := http.NewRequest(http.MethodPost, callback, bytes.NewReader(body)) //nolint:noctx // the client has a timeout
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Hub-Signature-256", "sha256="+signature(body))
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("a webhook was answered %s", answer.Status)
	}
	return nil
}

func signature(body []byte) string {
	mac := hmac.New(sha256.New, []byte(testkit.MockAppSecret))
	_, _ = mac.Write(body) // it never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// webhookBody is a status webhook of Meta's version 24.
func webhookBody(id, status string, m sent) []byte {
	return fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp",`+
		`"metadata":{"display_phone_number":"15550100123","phone_number_id":%q},"statuses":[{"id":%q,"status":%q,"timestamp":"%d","recipient_id":%q,`+
		`"biz_opaque_callback_data":%q,"pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"authentication"}}]},"field":"messages"}]}]}`,
		testkit.MockPhoneNumberID, id, status, time.Now().Unix(), m.To[1:], m.Reference)
}

func (s *standIn) close() { _ = s.server.Close() }
