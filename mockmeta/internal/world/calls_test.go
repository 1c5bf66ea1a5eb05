package world

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Who waits for a message sees at once what was asked and answered, however long
// the answer takes to be written.
func TestAMessageIsSeenWithItsCall(t *testing.T) {
	t.Parallel()
	const path = "/v24.0/106540352242922/messages"
	slowly := func() client.Call {
		time.Sleep(20 * time.Millisecond)
		return client.Call{Path: path, Status: answered, Answer: json.RawMessage(`{}`)}
	}
	for channel, send := range map[string]func(*World){
		client.WhatsApp: func(w *World) {
			_, _ = w.Send(meta.Outgoing{From: PhoneNumberID, Number: number, Template: "login_code", Language: "en_US", Code: "481920"}, nil,
				func(Acceptance) client.Call { return slowly() })
		},
		client.SMS: func(w *World) {
			w.SendSMS(OutgoingSMS{To: "+" + number, Text: "481920"}, func(SMS) client.Call { return slowly() })
		},
	} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				send(w)
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			seen, met := w.Journal.WaitForMessages(ctx, client.Filter{Channel: channel}, 1)
			require.True(t, met)
			require.JSONEq(t, `{}`, string(seen[0].Answer))
			calls := w.Journal.Calls()
			require.Len(t, calls, 1)
			require.Equal(t, path, calls[0].Path)
			<-done
		})
	}
}
