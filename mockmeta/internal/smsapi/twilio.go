package smsapi

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// twilioAnswer is an answer on its way: a body, or else a refusal.
type twilioAnswer struct {
	status  int
	body    any
	refusal *twilioError
	request json.RawMessage // for the journal
}

// handleTwilioSend serves POST /2010-04-01/Accounts/{sid}/Messages.json.
func (a *API) handleTwilioSend(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	m, refusal := a.readTwilio(r)
	if refusal != nil {
		a.answerTwilio(w, r, twilioAnswer{refusal: refusal, request: formJSON(r.PostForm)})
		return
	}
	var raw json.RawMessage
	a.world.SendSMS(m, func(taken world.SMS) client.Call {
		raw = marshal(a.twilioMessage(taken))
		return client.Call{Method: r.Method, Path: r.URL.Path, Request: m.Request, Status: http.StatusCreated, Answer: raw}
	})
	write(w, http.StatusCreated, raw)
}

// handleTwilioGet serves GET /2010-04-01/Accounts/{sid}/Messages/{message}.
func (a *API) handleTwilioGet(w http.ResponseWriter, r *http.Request) {
	out := twilioAnswer{status: http.StatusOK, refusal: a.authorizeTwilio(r)}
	if out.refusal == nil {
		m, ok := a.world.Journal.SMS(strings.TrimSuffix(r.PathValue("message"), ".json"))
		if out.body = a.twilioMessage(m); !ok {
			out.refusal = notFound(r)
		}
	}
	a.answerTwilio(w, r, out)
}

// handleTwilioRest answers for the resources of Twilio that are not here.
func (a *API) handleTwilioRest(w http.ResponseWriter, r *http.Request) {
	refusal := a.authorizeTwilio(r)
	if refusal == nil {
		refusal = twilioUnsimulated(r.Method + " " + r.URL.Path)
	}
	a.answerTwilio(w, r, twilioAnswer{refusal: refusal})
}

// answerTwilio writes an answer to a call that made no message, and notes it in
// the journal.
func (a *API) answerTwilio(w http.ResponseWriter, r *http.Request, out twilioAnswer) {
	var why world.Refusal
	if e := out.refusal; e != nil {
		why = world.Refusal{Code: e.Code, Reason: e.Message}
		out.status, out.body = e.HTTP, map[string]any{
			"code": e.Code, "message": e.Message, "status": e.HTTP,
			"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(e.Code),
		}
	}
	raw := marshal(out.body)
	a.world.Journal.Record(client.Call{Method: r.Method, Path: r.URL.Path, Request: out.request, Status: out.status, Answer: raw}, why)
	if out.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
	}
	write(w, out.status, raw)
}

func notFound(r *http.Request) *twilioError {
	return &twilioError{404, 20404, "The requested resource " + r.URL.Path + " was not found"}
}

func (a *API) authorizeTwilio(r *http.Request) *twilioError {
	sid, token, _ := r.BasicAuth()
	if subtle.ConstantTimeCompare([]byte(sid+":"+token), []byte(a.o.TwilioAccountSID+":"+a.o.TwilioAuthToken)) != 1 {
		return &twilioError{401, 20003, "Authenticate"}
	}
	if strings.TrimSuffix(r.PathValue("sid"), ".json") != a.o.TwilioAccountSID {
		return notFound(r)
	}
	return nil
}

// readTwilio is the SMS that a request asks for.
func (a *API) readTwilio(r *http.Request) (world.OutgoingSMS, *twilioError) {
	if err := a.authorizeTwilio(r); err != nil {
		return world.OutgoingSMS{}, err
	}
	if err := r.ParseForm(); err != nil {
		return world.OutgoingSMS{}, &twilioError{400, 21602, "Message body is required."}
	}
	if err := checkTwilio(r.PostForm); err != nil {
		return world.OutgoingSMS{}, err
	}
	form := r.PostForm
	faults := a.world.Faults.TakeSMS(meta.Digits(form.Get("To")))
	if f, ok := faults.Find(client.SMSError, ""); ok {
		status := http.StatusBadRequest
		if f.Code == 20429 {
			status = http.StatusTooManyRequests
		}
		return world.OutgoingSMS{}, &twilioError{status, f.Code, "Refused on request."}
	}
	from := form.Get("From")
	if from == "" {
		from = form.Get("MessagingServiceSid")
	}
	return world.OutgoingSMS{
		To: form.Get("To"), From: from, Text: form.Get("Body"), Callback: form.Get("StatusCallback"),
		Request: formJSON(form), Faults: faults,
	}, nil
}

// twilioMessage is the resource of a message.
func (a *API) twilioMessage(m world.SMS) map[string]any {
	account := a.o.TwilioAccountSID
	uri := "/2010-04-01/Accounts/" + account + "/Messages/" + m.ID
	status, code, updated, sent := world.SMSQueued, any(nil), m.At, any(nil)
	for _, st := range m.Statuses {
		status, updated = st.Name, st.At
		if st.Name == meta.StatusSent {
			sent = st.At.UTC().Format(time.RFC1123Z)
		}
		if st.Code != 0 {
			code = st.Code
		}
	}
	return map[string]any{
		"sid": m.ID, "account_sid": account, "api_version": "2010-04-01",
		"to": m.To, "from": m.From, "body": m.Text, "status": status,
		"direction": "outbound-api", "num_segments": "1", "num_media": "0",
		"date_created": m.At.UTC().Format(time.RFC1123Z), "date_updated": updated.UTC().Format(time.RFC1123Z), "date_sent": sent,
		"error_code": code, "error_message": nil, "messaging_service_sid": nil,
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
