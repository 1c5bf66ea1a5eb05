// Program naive-courier is the courier that many teams write first: it finds the
// code in the text of the message, sends it once, and passes on whatever went
// wrong. It is here to be compared with: conformance/reports has its report.
package main

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"regexp"
	"time"
)

// code is what follows a word for it in an English text.
var code = regexp.MustCompile(`(?i)(?:code|pin|otp)\D*([0-9]{4,10})`)

type courier struct {
	key, url, token, template, language string
}

func main() {
	var c courier
	address := flag.String("address", "127.0.0.1:4480", "where Kratos posts to, host:port")
	flag.StringVar(&c.key, "key", "", "what Kratos sends in X-Webhook-Secret")
	flag.StringVar(&c.url, "url", "", "URL of the sending number's messages at Meta")
	flag.StringVar(&c.token, "token", "", "access token")
	flag.StringVar(&c.template, "template", "login_code", "name of the authentication template")
	flag.StringVar(&c.language, "language", "en_US", "its language")
	flag.Parse()
	http.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("POST /send", c.serve)
	server := http.Server{Addr: *address, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func (c courier) serve(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Webhook-Secret")), []byte(c.key)) != 1 {
		http.Error(w, "a wrong secret", http.StatusUnauthorized)
		return
	}
	var message struct {
		Recipient string `json:"recipient"`
		Data      struct {
			Body string `json:"body"`
		} `json:"template_data"`
		Body string `json:"body"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&message); err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	found := code.FindStringSubmatch(message.Body + message.Data.Body)
	if found == nil || message.Recipient == "" {
		http.Error(w, "no code in the text", http.StatusUnprocessableEntity)
		return
	}
	if err := c.send(r, message.Recipient, found[1]); err != nil {
		http.Error(w, "send failed", http.StatusBadGateway)
	}
}

func (c courier) send(r *http.Request, to, code string) (err error) {
	text := []any{map[string]any{"type": "text", "text": code}}
	body, err := json.Marshal(map[string]any{
		"messaging_product": "whatsapp", "to": to, "type": "template",
		"template": map[string]any{
			"name": c.template, "language": map[string]any{"code": c.language},
			"components": []any{
				map[string]any{"type": "body", "parameters": text},
				map[string]any{"type": "button", "sub_type": "url", "index": "0", "parameters": text},
			},
		},
	})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("meta answered %d", answer.StatusCode)
	}
	return nil
}
