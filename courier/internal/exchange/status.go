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
// provider, and says what to do about it. 504 is unknown, not transient: a
// gateway waited in vain for whoever has the message.
func ByStatus(status int) (courier.Class, string) {
	answered := fmt.Sprintf("the provider answered HTTP %d without an error code", status)
	switch {
	case status >= 200 && status < 300:
		return courier.ClassUnknown, fmt.Sprintf("the provider answered HTTP %d without a message id; the message may have been sent", status)
	case status == http.StatusTooManyRequests:
		return courier.ClassThrottled, answered + ": it asks to slow down"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return courier.ClassConfig, answered + ": check the credentials and what they may do"
	case status == http.StatusGatewayTimeout:
		return courier.ClassUnknown, answered + "; the message may have been sent"
	case status == http.StatusRequestTimeout, status >= 500 && status < 600:
		return courier.ClassTransient, answered + ": it has a passing problem"
	case status >= 300 && status < 400:
		return courier.ClassConfig, answered + ": redirects are not followed, check base_url"
	default:
		return courier.ClassConfig, answered + ": check base_url, the version and what stands between here and there"
	}
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
