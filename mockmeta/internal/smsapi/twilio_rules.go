package smsapi

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// maxValidity is the longest ValidityPeriod, in seconds (Twilio's API
// description and its page about error 90007).
const maxValidity = 36_000

// maxSMS is the longest Body that Twilio takes, in characters.
const maxSMS = 1600

var (
	alphaSender  = regexp.MustCompile(`^[A-Za-z0-9 +_&-]{1,11}$`)
	messagingSID = regexp.MustCompile(`^MG[0-9a-f]{32}$`)
)

// twilioError is a refusal by the SMS API; codes are Twilio's.
type twilioError struct {
	HTTP    int
	Code    int
	Message string
}

// twilioUnsimulated is the answer to a request for what only Twilio has.
func twilioUnsimulated(what string) *twilioError {
	return &twilioError{http.StatusNotImplemented, meta.UnsimulatedCode, "mockmeta does not simulate " + what + ". This is not an answer of Twilio."}
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
