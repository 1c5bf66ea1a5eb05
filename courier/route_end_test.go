package courier

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// An account fault of the last route leads to the next channel.
func TestNoRouteIsTriedForEver(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	d := testDelivery(t, nil)
	banned := &DeliveryError{Class: ClassAccount}
	d = p.finish(p.begin(d, WhatsApp, "meta", at(0)), 1, Taken{}, banned, at(0))
	d = p.finish(p.begin(d, WhatsApp, "second", at(0)), 2, Taken{}, banned, at(0))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(0)))
	d = p.finish(p.begin(d, SMS, "twilio", at(0)), 3, Taken{}, banned, at(0))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(0)))
	d = p.finish(p.begin(d, SMS, "reserve", at(0)), 4, Taken{}, banned, at(0))
	require.Equal(t, StateFailed, d.State)
}

// When the time of WhatsApp is over, no further number is tried.
func TestNoOtherNumberAfterTheDeadline(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	d := p.finish(p.begin(testDelivery(t, nil), WhatsApp, "meta", at(59)), 1, Taken{}, &DeliveryError{Class: ClassAccount}, at(60))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(60)))
	p.Mode = WhatsAppOnly
	require.Equal(t, Step{Action: Send, Channel: WhatsApp}, p.Next(d, at(60)))
}

// SMS fails for good: a second number that was degraded when WhatsApp was left is tried
// before the person gets nothing.
func TestDegradedNumberIsTriedWhenSMSFails(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	banned := &DeliveryError{Class: ClassAccount}
	d := p.finish(p.begin(testDelivery(t, nil), WhatsApp, "meta", at(0)), 1, Taken{}, banned, at(0))
	d = withoutWhatsApp(d, ReasonDegraded)
	d = p.finish(p.begin(d, SMS, "twilio", at(0)), 2, Taken{}, banned, at(0))
	d = p.finish(p.begin(d, SMS, "reserve", at(0)), 3, Taken{}, banned, at(0))
	require.Equal(t, Step{Action: Send, Channel: WhatsApp}, p.Next(d, at(0)))
	require.Equal(t, []string{"second"}, names(p.routes(d, WhatsApp, at(0))))
	d = p.finish(p.begin(d, WhatsApp, "second", at(0)), 4, Taken{}, banned, at(0))
	require.Equal(t, StateFailed, d.State)
}

// That does not go for what a person gets on no number.
func TestNoNumberIsTriedAfterAFaultOfTheRecipient(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	d := p.finish(p.begin(testDelivery(t, nil), WhatsApp, "meta", at(0)), 1, Taken{}, &DeliveryError{Class: ClassRecipient}, at(0))
	d = p.finish(p.begin(d, SMS, "twilio", at(0)), 2, Taken{}, &DeliveryError{Class: ClassRecipient}, at(0))
	require.Equal(t, StateFailed, d.State)
}
