package exchange_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

// After which answers without a code of the provider the message may have been
// sent, and what that means on each channel.
func TestByStatusKnowsEveryStatus(t *testing.T) {
	t.Parallel()
	both := map[int]courier.Class{
		408: courier.ClassTransient, 429: courier.ClassThrottled, 499: courier.ClassUnknown,
		501: courier.ClassTransient, 503: courier.ClassTransient, 504: courier.ClassUnknown, 505: courier.ClassTransient, 511: courier.ClassTransient,
		521: courier.ClassTransient, 523: courier.ClassTransient, 524: courier.ClassUnknown, 525: courier.ClassTransient, 526: courier.ClassTransient, 530: courier.ClassTransient,
		598: courier.ClassUnknown, 599: courier.ClassUnknown,
	}
	hundreds := map[int]courier.Class{1: courier.ClassConfig, 2: courier.ClassUnknown, 3: courier.ClassConfig, 4: courier.ClassConfig}
	ambiguous := map[courier.Channel]courier.Class{courier.WhatsApp: courier.ClassUnknown, courier.SMS: courier.ClassDoubtful}
	for status := 100; status < 600; status++ {
		for channel, otherwise := range ambiguous {
			want, ok := both[status]
			if !ok {
				want, ok = hundreds[status/100]
			}
			if !ok {
				want = otherwise
			}
			class, reason := exchange.ByStatus(status, channel)
			require.Equal(t, want, class, "%d on %s", status, channel)
			require.Contains(t, reason, strconv.Itoa(status))
			require.Equal(t, class == courier.ClassUnknown || class == courier.ClassDoubtful, strings.Contains(reason, "may have been sent"), "%d on %s", status, channel)
		}
	}
}

// A code of the provider says that the provider itself has refused.
func TestRefused(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]courier.Class{
		200: courier.ClassConfig, 400: courier.ClassConfig, 401: courier.ClassConfig, 404: courier.ClassConfig,
		408: courier.ClassTransient, 429: courier.ClassThrottled, 500: courier.ClassTransient, 502: courier.ClassTransient, 504: courier.ClassTransient,
	} {
		require.Equal(t, want, exchange.Refused(status), status)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://graph.example.com":       "https://graph.example.com/v25.0/1/messages",
		"https://graph.example.com/":      "https://graph.example.com/v25.0/1/messages",
		"https://gate.example.com/meta":   "https://gate.example.com/meta/v25.0/1/messages",
		"https://gate.example.com/meta//": "https://gate.example.com/meta/v25.0/1/messages",
		"http://[::1]:8080":               "http://[::1]:8080/v25.0/1/messages",
	} {
		require.Equal(t, want, exchange.Join(base, "v25.0", "1", "messages"))
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const date = "Thu, 12 Nov 2026 14:13:23 GMT"
	for name, tc := range map[string]struct {
		retryAfter, date string
		want             time.Duration
	}{
		"absent":           {"", date, 0},
		"seconds":          {"7", "", 7 * time.Second},
		"none":             {"0", date, 0},
		"too many":         {"86400", date, time.Hour},
		"far too many":     {"18446744073709551615", date, time.Hour},
		"more than 64 bit": {"18446744073709551616", date, 0},
		"negative":         {"-1", date, 0},
		"fraction":         {"1.5", date, 0},
		"words":            {"soon", date, 0},
		"date":             {"Thu, 12 Nov 2026 14:13:53 GMT", date, 30 * time.Second},
		"past date":        {"Thu, 12 Nov 2026 14:13:22 GMT", date, 0},
		"far date":         {"Thu, 12 Nov 2099 14:13:23 GMT", date, time.Hour},
		"date without now": {"Thu, 12 Nov 2026 14:13:53 GMT", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			h.Set("Retry-After", tc.retryAfter)
			h.Set("Date", tc.date)
			require.Equal(t, tc.want, exchange.RetryAfter(h))
		})
	}
}
