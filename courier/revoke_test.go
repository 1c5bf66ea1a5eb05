package courier

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSessionsAreOwedByTheCommitThatNotesTheEvent(t *testing.T) {
	t.Parallel()
	b := testBooks()
	b.Revoke.Events = []string{AlertNotRequested}
	before := testDelivery(t, func(d *Delivery) { d.Identity = "an-identity" })
	for name, c := range map[string]struct {
		change func(*Delivery)
		want   []string
	}{
		"the event":                {func(d *Delivery) { d.Alert = AlertNotRequested }, []string{"enter revoke_sessions 6s"}},
		"another one":              {func(d *Delivery) { d.Alert = AlertIdentityChanged }, nil},
		"none":                     {func(d *Delivery) { d.NoSMS = "sms_total_limit" }, nil},
		"of nobody that is known":  {func(d *Delivery) { d.Alert, d.Identity = AlertNotRequested, "" }, nil},
		"of a number that is gone": {func(d *Delivery) { d.Alert, d.To = AlertNotRequested, Phone{} }, []string{"enter revoke_sessions 6s"}},
	} {
		after := before
		c.change(&after)
		entries := b.entries(before, after, at(6))
		require.Equal(t, c.want, shown(entries), name)
		require.Empty(t, b.entries(after, after, at(7)), "once")
		for _, q := range entries {
			require.Equal(t, RevocationsOwed(at(6)), q)
		}
	}
}
