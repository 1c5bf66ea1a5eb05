package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A slow provider's request is never repeated while it is under way.
func TestReceiptIsAwaitedLongerThanTheRequest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ wait, timeout, want time.Duration }{
		"as configured":         {20 * time.Second, 10 * time.Second, 20 * time.Second},
		"longer for slow sends": {20 * time.Second, 30 * time.Second, 32 * time.Second},
	} {
		config := &Config{}
		config.SMS.ReceiptWait, config.SMS.Timeout = c.wait, c.timeout
		require.Equal(t, c.want, config.policy().ReceiptWait, name)
	}
}
