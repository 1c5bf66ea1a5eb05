package exchange_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

func TestByStatusKnowsEveryStatus(t *testing.T) {
	t.Parallel()
	special := map[int]courier.Class{
		http.StatusRequestTimeout:  courier.ClassTransient,
		http.StatusTooManyRequests: courier.ClassThrottled,
		http.StatusGatewayTimeout:  courier.ClassUnknown,
	}
	hundreds := map[int]courier.Class{
		1: courier.ClassConfig, 2: courier.ClassUnknown, 3: courier.ClassConfig,
		4: courier.ClassConfig, 5: courier.ClassTransient,
	}
	for status := 100; status < 600; status++ {
		want, ok := special[status]
		if !ok {
			want = hundreds[status/100]
		}
		class, reason := exchange.ByStatus(status)
		require.Equal(t, want, class, status)
		require.NotEmpty(t, reason, status)
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
