package bench

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"
)

// Relay is what a courier without a store would be: it takes a message of Kratos,
// answers 204, posts the template to Meta and checks the signature of every webhook. It
// prints its address and serves until ctx ends.
func Relay(ctx context.Context, meta string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	r := &relay{meta: meta, client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /kratos/messages", r.message)
	mux.HandleFunc("POST /webhooks/meta", r.webhook)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stdout, listener.Addr())
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

type relay struct {
	meta   string
	client *http.Client
}

func (r *relay) message(w http.ResponseWriter, request *http.Request) {
	var m struct {
		Recipient string `json:"recipient"`
		Data      struct {
			Code string `json:"login_code"`
		} `json:"template_data"`
	}
	if err := json.NewDecoder(request.Body).Decode(&m); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	go r.send(m.Recipient, m.Data.Code)
}

func (r *relay) send(to, code string) {
	type m = map[string]any
	parameters := []any{m{"type": "text", "text": code}}
	body, _ := json.Marshal(m{ // maps of texts always marshal
		"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "template",
		"template": m{"name": "login_code", "language": m{"code": "en_US"}, "components": []any{
			m{"type": "body", "parameters": parameters}, m{"type": "button", "sub_type": "url", "index": "0", "parameters": parameters},
		}},
		"biz_opaque_callback_data": uuid.NewString() + ".1",
	})
	answer, err := r.client.Post(r.meta, "application/json", bytes.NewReader(body)) //nolint:noctx // the client has a timeout
	if err != nil {
		return
	}
	defer answer.Body.Close()
	var taken map[string]any
	_ = json.NewDecoder(answer.Body).Decode(&taken)
}

func (r *relay) webhook(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	want := []byte("sha256=" + signature(body))
	if err != nil || !hmac.Equal(want, []byte(request.Header.Get("X-Hub-Signature-256"))) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var event map[string]any
	if json.Unmarshal(body, &event) != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
}
