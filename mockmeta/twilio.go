package mockmeta

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// maxSMS is the longest Body that Twilio takes, in characters.
const maxSMS = 1600

var (
	firstDigits  = regexp.MustCompile(`[0-9]{4,15}`)
	twilioNumber = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// twilioError is a refusal by the SMS API; codes are Twilio's.
type twilioError struct {
	HTTP    int
	Code    int
	Message string
}

// handleTwilio serves POST /2010-04-01/Accounts/{sid}/Messages.json.
func (s *Server) handleTwilio(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	answer, terr := s.sendSMS(r)
	status := http.StatusCreated
	if terr != nil {
		status = terr.HTTP
		answer = map[string]any{
			"code": terr.Code, "message": terr.Message, "status": terr.HTTP,
			"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", terr.Code),
		}
	}
	raw, err := json.Marshal(answer)
	if err != nil { // our own types always marshal
		panic(err)
	}
	s.record(r, formJSON(r.PostForm), status, raw)
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
	}
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that has gone needs no answer
}

func (s *Server) sendSMS(r *http.Request) (any, *twilioError) {
	sid, token, _ := r.BasicAuth()
	if subtle.ConstantTimeCompare([]byte(sid+":"+token), []byte(s.opts.TwilioAccountSID+":"+s.opts.TwilioAuthToken)) != 1 {
		return nil, &twilioError{401, 20003, "Authenticate"}
	}
	if r.PathValue("sid") != s.opts.TwilioAccountSID {
		return nil, &twilioError{404, 20404, "The requested resource " + r.URL.Path + " was not found"}
	}
	if err := r.ParseForm(); err != nil {
		return nil, &twilioError{400, 21602, "Message body is required."}
	}
	to, from, body := r.PostForm.Get("To"), r.PostForm.Get("From"), r.PostForm.Get("Body")
	switch {
	case to == "":
		return nil, &twilioError{400, 21604, "A 'To' phone number is required."}
	case !twilioNumber.MatchString(to):
		return nil, &twilioError{400, 21211, "Invalid 'To' Phone Number"}
	case from == "" && r.PostForm.Get("MessagingServiceSid") == "":
		return nil, &twilioError{400, 21603, "A 'From' phone number is required."}
	case body == "":
		return nil, &twilioError{400, 21602, "Message body is required."}
	case utf8.RuneCountInString(body) > maxSMS:
		return nil, &twilioError{400, 21617, "The concatenated message body exceeds the 1600 character limit."}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	rec := &record{
		Message: client.Message{
			ID:      fmt.Sprintf("SM%032x", s.nextID()),
			Channel: client.SMS,
			To:      to,
			Code:    firstDigits.FindString(body),
			Text:    body,
			At:      now,
			Request: formJSON(r.PostForm),
		},
		number: digits(to),
	}
	s.journal.add(rec)
	s.feed.publish(rec.number, rec.ID)
	for i, name := range []string{statusSent, statusDelivered} {
		s.step(rec, time.Duration(i+1)*s.opts.SentAfter, func() {
			rec.Statuses = append(rec.Statuses, client.Status{Name: name, At: s.clock.Now()})
			s.changed(rec)
		})
	}
	return twilioMessage(rec, s.opts.TwilioAccountSID, from), nil
}

// twilioMessage is the resource that a send is answered with.
func twilioMessage(rec *record, account, from string) map[string]any {
	at := rec.At.UTC().Format(time.RFC1123Z)
	uri := "/2010-04-01/Accounts/" + account + "/Messages/" + rec.ID
	return map[string]any{
		"sid": rec.ID, "account_sid": account, "api_version": "2010-04-01",
		"to": rec.To, "from": from, "body": rec.Text, "status": "queued",
		"direction": "outbound-api", "num_segments": "1", "num_media": "0",
		"date_created": at, "date_updated": at, "date_sent": nil,
		"error_code": nil, "error_message": nil, "messaging_service_sid": nil,
		"price": nil, "price_unit": "USD", "uri": uri + ".json",
		"subresource_uris": map[string]string{"media": uri + "/Media.json"},
	}
}

// formJSON shows a form in the journal.
func formJSON(form url.Values) json.RawMessage {
	flat := map[string]string{}
	for name, values := range form {
		flat[name] = strings.Join(values, ", ")
	}
	raw, _ := json.Marshal(flat) // a map of strings always marshals
	return raw
}
