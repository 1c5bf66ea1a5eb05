package exchange

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// maxRetryAfter bounds what a provider may ask for: no code lives longer.
const maxRetryAfter = time.Hour

// ByStatus classifies an HTTP status that came without an error code of the
// provider, and says what to do about it. Such an answer may be that of a gateway,
// while the provider has the message: see outcome.
func ByStatus(status int, channel courier.Channel) (courier.Class, string) {
	answered := fmt.Sprintf("the provider answered HTTP %d without an error code", status)
	const maySent = "; the message may have been sent"
	switch {
	case status >= 200 && status < 300:
		return courier.ClassUnknown, fmt.Sprintf("the provider answered HTTP %d without a message id%s", status, maySent)
	case status == http.StatusTooManyRequests:
		return courier.ClassThrottled, answered + ": it asks to slow down"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return courier.ClassConfig, answered + ": check the credentials and what they may do"
	case status >= 300 && status < 400:
		return courier.ClassConfig, answered + ": redirects are not followed, check base_url"
	}
	switch outcome(status) {
	case acted:
		return courier.ClassUnknown, answered + maySent
	case mayHaveActed:
		if channel == courier.WhatsApp {
			return courier.ClassUnknown, answered + maySent
		}
		return courier.ClassDoubtful, answered + maySent + ", or it has a passing problem"
	case notActed:
		return courier.ClassTransient, answered + ": it has a passing problem"
	default:
		return courier.ClassConfig, answered + ": check base_url, the version and what stands between here and there"
	}
}

// Refused classifies the status of an answer with an error code of the provider
// that is not in its table: the provider itself has refused the message.
func Refused(status int) courier.Class {
	switch {
	case status == http.StatusTooManyRequests:
		return courier.ClassThrottled
	case status == http.StatusRequestTimeout, status >= 500 && status < 600:
		return courier.ClassTransient
	default:
		return courier.ClassConfig
	}
}

// howFar says whether whoever has the message may have acted on it.
type howFar int

const (
	// refused: a status that says so.
	refused howFar = iota
	// notActed: the request did not get there, or was turned away unread.
	notActed
	// mayHaveActed: it may have got there.
	mayHaveActed
	// acted: it was handed over, and no answer came in time.
	acted
)

// outcome reads a status that a gateway may have given (RFC 9110, section 15;
// Cloudflare, "5xx errors", for 520 to 530; nginx for 499).
//
// What mayHaveActed means differs between the channels, since after a WhatsApp
// message of unknown outcome comes an SMS, and after an SMS nothing. Of 100 such
// answers of which n hid a message that was sent, a WhatsApp message that is tried
// again gives n people two or three, and one that is not lets 100-n people wait
// for their SMS (fallback.after). An SMS that is tried again costs n more SMS, and
// one that is not leaves 100-n people without any code. So WhatsApp counts it as
// unknown, and SMS tries again, but counts both against its budget. TestWhatAnAmbiguousAnswerCosts in courier
// counts it with the whole plan.
func outcome(status int) howFar {
	switch status {
	case http.StatusGatewayTimeout, 499, 524, 598, 599:
		return acted
	case http.StatusRequestTimeout, http.StatusServiceUnavailable, http.StatusNotImplemented,
		http.StatusHTTPVersionNotSupported, 511, 521, 523, 525, 526, 530:
		return notActed
	}
	if status >= 500 && status < 600 {
		return mayHaveActed // 500, 502, 520, 522, 527 and what is not known
	}
	return refused
}

// RetryAfter reads the header of that name: seconds, or a date, which is taken
// relative to the answer's own Date, so that no clock has to agree. It is 0 when
// absent, past or unreadable, and an hour at most.
func RetryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	then, err := http.ParseTime(value)
	now, noDate := http.ParseTime(h.Get("Date"))
	if err != nil || noDate != nil {
		return 0
	}
	return min(max(then.Sub(now), 0), maxRetryAfter)
}
