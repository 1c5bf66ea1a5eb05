package specs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func TestAMissingMessageIsToldWithWhatCame(t *testing.T) {
	t.Parallel()
	sent := client.Message{Channel: client.WhatsApp, Statuses: []client.Status{{Name: "sent"}}}
	arrived := client.Message{Channel: client.WhatsApp, Statuses: []client.Status{{Name: "sent"}, {Name: "delivered"}}}
	text := client.Message{Channel: client.SMS, To: "+12025550143", Code: "481920"}
	for want, got := range map[string]string{
		"no SMS within 3s after the deadline of 2s; the phone got nothing": missing(client.SMS, 1, 2*time.Second, nil),
		"no SMS within 3s after the deadline of 2s; the phone got: WhatsApp 1 (sent)": missing(
			client.SMS, 1, 2*time.Second, []client.Message{sent}),
		"no WhatsApp 3 within 3s after the deadline of 4s; the phone got: WhatsApp 1 (sent), SMS 1 (no status), WhatsApp 2 (delivered)": missing(
			client.WhatsApp, 3, 4*time.Second, []client.Message{sent, text, arrived}),
		"no message within 3s after the deadline of 4s; the phone got nothing": missing("", 1, 4*time.Second, nil),
	} {
		require.Equal(t, want, got)
	}
}
