package courier

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// largestWebhook is what Meta documents as the largest body.
const largestWebhook = 3 << 20

// public is what Meta sees.
func (c *Courier) public() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /webhook", c.serveHandshake)
	mux.HandleFunc("POST /webhook", c.serveWebhook)
	if c.o.Fault == adminOnPublic {
		mux.Handle("/", c.private())
	}
	return mux
}

func (c *Courier) serveHandshake(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	right := subtle.ConstantTimeCompare([]byte(q.Get("hub.verify_token")), []byte(c.o.VerifyToken)) == 1
	if (!right || q.Get("hub.mode") != "subscribe") && c.o.Fault != echoWithoutToken {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, q.Get("hub.challenge")) // #nosec G705 -- plain text.
}

// status is one report of Meta about one message.
type status struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Recipient string `json:"recipient_id"`
	Ours      string `json:"biz_opaque_callback_data"`
	Errors    []struct {
		Code int `json:"code"`
	} `json:"errors"`
}

type webhookBody struct {
	Entry []struct {
		Changes []struct {
			Value struct {
				Metadata struct {
					PhoneNumberID string `json:"phone_number_id"`
				} `json:"metadata"`
				Statuses []status `json:"statuses"`
			} `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

// serveWebhook answers 200 once all that concerns us is on disk.
func (c *Courier) serveWebhook(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestWebhook))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if !c.signed(raw, r.Header.Get("X-Hub-Signature-256")) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var body webhookBody
	if json.Unmarshal(raw, &body) != nil {
		return // Nothing that we understand: it would not get better by a repetition.
	}
	answer := http.StatusOK
	for _, e := range body.Entry {
		for _, change := range e.Changes {
			if len(change.Value.Statuses) > 100 && c.o.Fault == countLimit {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			if change.Value.Metadata.PhoneNumberID != c.o.PhoneNumberID {
				continue
			}
			for _, s := range change.Value.Statuses {
				answer = max(answer, c.take(s))
			}
		}
	}
	w.WriteHeader(answer)
}

// take puts one report down and returns the status of the answer.
func (c *Courier) take(s status) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.find(s)
	switch {
	case d == nil && c.o.Fault == unknownStatus404:
		return http.StatusNotFound
	case d == nil:
		return http.StatusOK
	}
	e := entry{Kind: "status", ID: d.ID, Status: s.Status}
	if len(s.Errors) > 0 {
		e.Code = s.Errors[0].Code
	}
	if !c.writeLocked(e) {
		return http.StatusServiceUnavailable
	}
	if (outcome{code: e.Code}).notOnWhatsApp() {
		c.writeLocked(entry{Kind: "absent", Phone: d.Phone})
	}
	return http.StatusOK
}

// find is the delivery of a report, also of one that comes before the answer to
// the send.
func (c *Courier) find(s status) *delivery {
	if c.o.Fault == waIDAsKey {
		for _, d := range c.deliveries {
			if d.Phone == "+"+s.Recipient && (d.WAMID == s.ID || d.ID == s.Ours) {
				return d
			}
		}
		return nil
	}
	if d := c.deliveries[c.byWAMID[s.ID]]; d != nil || c.o.Fault == losesEarlyStatus {
		return d
	}
	// Our mark alone is enough only while the message has no id yet.
	if d := c.deliveries[s.Ours]; d != nil && (d.WAMID == "" || d.WAMID == s.ID) {
		return d
	}
	return nil
}

// signed reports whether Meta signed these bytes.
func (c *Courier) signed(raw []byte, header string) bool {
	if c.o.Fault == noSignatureCheck {
		return true
	}
	if c.o.Fault == signatureOverParsed {
		raw = decoded(raw)
	}
	given, found := strings.CutPrefix(header, "sha256=")
	got, err := hex.DecodeString(given)
	mac := hmac.New(sha256.New, []byte(c.o.AppSecret))
	mac.Write(raw)
	return found && err == nil && hmac.Equal(got, mac.Sum(nil))
}

// decoded is the body with its characters written out, as a program sees it that
// has parsed it.
func decoded(raw []byte) []byte {
	plain := regexp.MustCompile(`(\\u[0-9a-fA-F]{4})+`).ReplaceAllFunc(raw, func(escaped []byte) []byte {
		var s string
		if json.Unmarshal([]byte(strconv.Quote("")[:1]+string(escaped)+`"`), &s) != nil {
			return escaped
		}
		return []byte(s)
	})
	return []byte(strings.ReplaceAll(string(plain), `\/`, "/"))
}
