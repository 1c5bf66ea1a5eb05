package courier

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatAStoreFindsOutAboutANewMessage(t *testing.T) {
	t.Parallel()
	spent := &QuotaError{Quota: "number"}
	for name, c := range map[string]struct {
		facts      AcceptFacts
		state      State
		reason     string
		noWhatsApp string
	}{
		"nothing":                   {AcceptFacts{}, StateAccepted, "", ""},
		"a denied number":           {AcceptFacts{Denied: true}, StateSuppressed, ReasonDenied, ""},
		"denied, beyond the limit":  {AcceptFacts{Denied: true, Spent: spent}, StateSuppressed, "number_limit", ""},
		"blocked":                   {AcceptFacts{Memory: ReasonBlocked}, StateSuppressed, ReasonBlocked, ""},
		"blocked, beyond the limit": {AcceptFacts{Memory: ReasonBlocked, Spent: spent}, StateSuppressed, "number_limit", ""},
		"a memory":                  {AcceptFacts{Memory: ReasonAbsent}, StateAccepted, "", ReasonAbsent},
		"a spent quota":             {AcceptFacts{Spent: spent}, StateSuppressed, "number_limit", ""},
		"both":                      {AcceptFacts{Memory: ReasonAbsent, Spent: spent}, StateSuppressed, "number_limit", ReasonAbsent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := c.facts.Apply(testDelivery(t, nil))
			require.Equal(t, c.state, d.State)
			require.Equal(t, c.reason, d.Reason)
			require.Equal(t, c.noWhatsApp, d.NoWhatsApp)
			require.Equal(t, d, c.facts.Apply(d), "once is as good as twice")

			before := testDelivery(t, nil)
			before.end(StateSuppressed, ReasonCountry, start)
			require.Equal(t, before, c.facts.Apply(before), "the rule that came first is the reason")
		})
	}
}

func TestAnUnreadableDeliveryEndsWithItsCode(t *testing.T) {
	t.Parallel()
	d := testDelivery(t, nil)
	waiting, ended := EndUnread(d, d.ExpiresAt.Add(-1))
	require.False(t, ended)
	require.Equal(t, d, waiting)

	over, ended := EndUnread(d, d.ExpiresAt)
	require.True(t, ended)
	require.Equal(t, StateExpired, over.State)
	require.Equal(t, ReasonCodeExpired, over.Reason)
	require.Equal(t, d.ExpiresAt, over.EndedAt)
}
