package sms

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// A snippet may give the classes whose traits say so. Any other is a mistake in
// the snippet, and the status decides.
func TestSnippetsGiveTheirClasses(t *testing.T) {
	t.Parallel()
	for _, class := range courier.Classes() {
		cfg := httpConfig(t, provider(t, 409, `{}`, nil))
		cfg.MessageID = Snippet(fmt.Sprintf(`function(ctx) {class: '%s', reason: 'taken'}`, class))
		made, err := NewHTTP(cfg, setup(t))
		receipt := receipts{{ID: "m-1", State: courier.AttemptFailed, fault: fault{Class: class}}}
		if !class.Traits().InSnippets {
			require.ErrorContains(t, err, "sms.http.message_id", class)
			require.NotContains(t, err.Error(), string(class), "offered to whoever writes snippets")
			require.Error(t, receipt.check(), class)
			continue
		}
		require.NoError(t, err, class)
		require.NoError(t, receipt.check(), class)
		_, err = made.Send(t.Context(), outgoing(t, "481920", time.Minute))
		require.Equal(t, "the provider says: taken", requireFailure(t, err, class).Reason)
	}
}
