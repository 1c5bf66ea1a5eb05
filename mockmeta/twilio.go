package mockmeta

import (
	"crypto/hmac"
	"crypto/sha1" // Twilio signs with it
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// maxValidity is the longest ValidityPeriod, in seconds (Twilio's API
// description and its page about error 90007).
const maxValidity = 36_000

// maxSMS is the longest Body that Twilio takes, in characters.
const maxSMS = 1600

var (
	e164         = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	alphaSender  = regexp.MustCompile(`^[A-Za-z0-9 +_&-]{1,11}$`)
	messagingSID = regexp.MustCompile(`^MG[0-9a-f]{32}$`)
)

// twilioError is a refusal by the SMS API; codes are Twilio's.
type twilioError struct {
	HTTP    int
	Code    int
	Message string
}

func writeTwilio(w http.ResponseWriter, status int, answer any, terr *twilioError) []byte {
	if terr != nil {
		status, answer = terr.HTTP, map[string]any{
			"code": terr.Code, "message": terr.Message, "status": terr.HTTP,
			"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(terr.Code),
		}
	}
	raw, err := json.Marshal(answer)
	if err != nil { // our own types always marshal
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
	}
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that has gone needs no answer
	return raw
}

// smsAPI takes SMS: as Twilio does, and from whatever else speaks HTTP.
type smsAPI struct{ *world }

func newSMSAPI(w *world) *smsAPI { return &smsAPI{world: w} }

func (a *smsAPI) serve(mux *http.ServeMux) {
	mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Messages.json", a.handleTwilioSend)
	mux.HandleFunc("GET /2010-04-01/Accounts/{sid}/Messages/{message}", a.handleTwilioGet)
	mux.HandleFunc("/2010-04-01/Accounts/{sid}/{rest...}", a.handleTwilioRest)
	mux.HandleFunc("POST /sms", a.handleSink)
}

// handleTwilioSend serves POST /2010-04-01/Accounts/{sid}/Messages.json.
func (a *smsAPI) handleTwilioSend(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	rec, terr := a.sendTwilio(r)
	status, answer := http.StatusCreated, any(nil)
	if terr != nil {
		status = terr.HTTP
	} else {
		a.mu.Lock()
		answer = a.twilioMessage(rec)
		a.mu.Unlock()
	}
	raw := writeTwilio(w, status, answer, terr)
	a.record(r, client.Call{Request: formJSON(r.PostForm), Status: status, Answer: raw}, rec)
}

// handleTwilioGet serves GET /2010-04-01/Accounts/{sid}/Messages/{message}.
func (a *smsAPI) handleTwilioGet(w http.ResponseWriter, r *http.Request) {
	terr := a.authorizeTwilio(r)
	var answer any
	if terr == nil {
		a.mu.Lock()
		rec := a.journal.find(strings.TrimSuffix(r.PathValue("message"), ".json"))
		if rec == nil || rec.Channel != client.SMS {
			terr = notFound(r)
		} else {
			answer = a.twilioMessage(rec)
		}
		a.mu.Unlock()
	}
	status := http.StatusOK
	if terr != nil {
		status = terr.HTTP
	}
	a.record(r, client.Call{Status: status, Answer: writeTwilio(w, status, answer, terr)}, nil)
}

// handleTwilioRest answers for the resources of Twilio that are not here.
func (a *smsAPI) handleTwilioRest(w http.ResponseWriter, r *http.Request) {
	terr := a.authorizeTwilio(r)
	if terr == nil {
		terr = twilioUnsimulated(r.Method + " " + r.URL.Path)
	}
	a.record(r, client.Call{Status: terr.HTTP, Answer: writeTwilio(w, terr.HTTP, nil, terr)}, nil)
}

// twilioUnsimulated is the answer to a request for what only Twilio has.
func twilioUnsimulated(what string) *twilioError {
	return &twilioError{http.StatusNotImplemented, meta.UnsimulatedCode, "mockmeta does not simulate " + what + ". This is not an answer of Twilio."}
}

func notFound(r *http.Request) *twilioError {
	return &twilioError{404, 20404, "The requested resource " + r.URL.Path + " was not found"}
}

func (a *smsAPI) authorizeTwilio(r *http.Request) *twilioError {
	sid, token, _ := r.BasicAuth()
	if subtle.ConstantTimeCompare([]byte(sid+":"+token), []byte(a.opts.TwilioAccountSID+":"+a.opts.TwilioAuthToken)) != 1 {
		return &twilioError{401, 20003, "Authenticate"}
	}
	if r.PathValue("sid") != a.opts.TwilioAccountSID {
		return notFound(r)
	}
	return nil
}

func (a *smsAPI) sendTwilio(r *http.Request) (*record, *twilioError) {
	if err := a.authorizeTwilio(r); err != nil {
		return nil, err
	}
	if err := r.ParseForm(); err != nil {
		return nil, &twilioError{400, 21602, "Message body is required."}
	}
	if err := checkTwilio(r.PostForm); err != nil {
		return nil, err
	}
	form := r.PostForm
	a.mu.Lock()
	defer a.mu.Unlock()
	befalls := a.smsFaults(meta.Digits(form.Get("To")))
	if f, ok := befalls.find(client.SMSError, ""); ok {
		status := http.StatusBadRequest
		if f.Code == 20429 {
			status = http.StatusTooManyRequests
		}
		return nil, &twilioError{status, f.Code, "Refused on request."}
	}
	from := form.Get("From")
	if from == "" {
		from = form.Get("MessagingServiceSid")
	}
	return a.acceptSMS(form.Get("To"), form.Get("Body"), formJSON(form), befalls, smsCallback{form.Get("StatusCallback"), from}), nil
}

// checkTwilio applies Twilio's rules to the form of a send.
func checkTwilio(form url.Values) *twilioError {
	to, from, service, body := form.Get("To"), form.Get("From"), form.Get("MessagingServiceSid"), form.Get("Body")
	for _, name := range []string{"ContentSid", "MediaUrl", "ScheduleType", "SendAt"} {
		if form.Get(name) != "" {
			return twilioUnsimulated(name)
		}
	}
	switch {
	case to == "":
		return &twilioError{400, 21604, "A 'To' phone number is required."}
	case !e164.MatchString(to):
		return &twilioError{400, 21211, "Invalid 'To' Phone Number"}
	case from == "" && service == "":
		return &twilioError{400, 21603, "A 'From' phone number is required."}
	case service != "" && !messagingSID.MatchString(service):
		return &twilioError{400, 21701, "The Messaging Service resource provided does not exist"}
	case from != "" && !e164.MatchString(from) && !alphaSender.MatchString(from):
		return &twilioError{400, 21212, "Invalid 'From' Phone Number"}
	case from == to:
		return &twilioError{400, 21266, "'To' and 'From' numbers cannot be the same"}
	case body == "":
		return &twilioError{400, 21602, "Message body is required."}
	case utf8.RuneCountInString(body) > maxSMS:
		return &twilioError{400, 21617, "The concatenated message body exceeds the 1600 character limit."}
	case form.Get("StatusCallback") != "" && meta.CheckCallback(form.Get("StatusCallback")) != nil:
		return &twilioError{400, 21609, "The 'StatusCallback' URL is not a valid URL"}
	}
	return checkValidity(form)
}

// checkValidity checks how long a message may wait.
func checkValidity(form url.Values) *twilioError {
	if !form.Has("ValidityPeriod") {
		return nil
	}
	switch seconds, err := strconv.Atoi(form.Get("ValidityPeriod")); {
	case err != nil || seconds < 1:
		return &twilioError{400, 90014, "Validity Period should be positive integer"}
	case seconds > maxValidity:
		return &twilioError{400, 90007, "Invalid validity period value"}
	}
	return nil
}

// twilioMessage is the resource of a message. The caller holds w.mu.
func (a *smsAPI) twilioMessage(rec *record) map[string]any {
	account := a.opts.TwilioAccountSID
	uri := "/2010-04-01/Accounts/" + account + "/Messages/" + rec.ID
	status, code, updated, sent := smsQueued, any(nil), rec.At, any(nil)
	for _, st := range rec.Statuses {
		status, updated = st.Name, st.At
		if st.Name == meta.StatusSent {
			sent = st.At.UTC().Format(time.RFC1123Z)
		}
		if st.Code != 0 {
			code = st.Code
		}
	}
	return map[string]any{
		"sid": rec.ID, "account_sid": account, "api_version": "2010-04-01",
		"to": rec.To, "from": rec.callback.from, "body": rec.Text, "status": status,
		"direction": "outbound-api", "num_segments": "1", "num_media": "0",
		"date_created": rec.At.UTC().Format(time.RFC1123Z), "date_updated": updated.UTC().Format(time.RFC1123Z), "date_sent": sent,
		"error_code": code, "error_message": nil, "messaging_service_sid": nil,
		"price": nil, "price_unit": "USD", "uri": uri + ".json",
		"subresource_uris": map[string]string{"media": uri + "/Media.json"},
	}
}

// callBack posts a status to the sender, signed as Twilio signs. Twilio does not
// repeat it.
func (w *world) callBack(rec *record, status string, code int) {
	form := url.Values{
		"MessageSid": {rec.ID}, "SmsSid": {rec.ID}, "AccountSid": {w.opts.TwilioAccountSID}, "ApiVersion": {"2010-04-01"},
		"To": {rec.To}, "From": {rec.callback.from}, "MessageStatus": {status}, "SmsStatus": {status},
	}
	if code != 0 {
		form.Set("ErrorCode", strconv.Itoa(code))
	}
	post := client.Webhook{At: w.clock.Now(), URL: rec.callback.url, Body: form.Encode(), Signature: twilioSignature(w.opts.TwilioAuthToken, rec.callback.url, form)}
	w.hooks.inLine(rec.ID, func(done func()) {
		posted := w.poster.background(func() {
			header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "User-Agent": {"TwilioProxy/1.1"}, "X-Twilio-Signature": {post.Signature}}
			var cause error
			post.Answer, cause = w.poster.post(post.URL, header, strings.NewReader(post.Body), len(post.Body))
			w.poster.tellUntaken(client.SMS, post.URL, status, post.Answer, cause)
			w.tried(rec, status, post)
			done()
		})
		if !posted {
			done()
		}
	})
}

// twilioSignature is the value of X-Twilio-Signature: HMAC-SHA1 over the URL
// followed by the form's names and values in the order of the names.
func twilioSignature(token, url string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	fmt.Fprint(mac, url)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, v := range form[name] {
			fmt.Fprint(mac, name, v)
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
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
