package courier

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// gateway answers everything with an error, and has handed every message over of
// which `hides` says so, in percent.
type gateway struct {
	class Class
	hides int

	mu      sync.Mutex
	calls   int
	arrived map[string]int
}

func (g *gateway) Provider() string { return "gateway" }

func (g *gateway) Send(_ context.Context, o Outgoing) (Taken, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.calls++; g.calls*37%100 < g.hides { // spread evenly
		g.arrived[o.To.E164()]++
	}
	return Taken{}, &DeliveryError{Class: g.class, Reason: "HTTP 502"}
}

// cost is what 100 people got.
type cost struct {
	// twice got more than one message on the channel, none got no code at all.
	twice, none int
	// sms is how many SMS left, and waited how long the last person waited for one.
	sms    int
	waited time.Duration
}

// What an answer means that may or may not hide a message is decided by what each
// choice costs: see outcome in courier/internal/exchange/status.go.
func TestWhatAnAmbiguousAnswerCosts(t *testing.T) {
	t.Parallel()
	const people = 100
	measure := func(t *testing.T, channel Channel, class Class, hides int) (c cost) {
		t.Helper()
		mode := WhatsAppOrSMS
		if channel == SMS {
			mode = SMSOnly
		}
		inBubble(t, func(p *Policy) { p.Mode, p.SMSRetries = mode, 2 }, func(t *testing.T, r *rig) {
			r.books.Load().Budgets = Budgets{}
			g := &gateway{class: class, hides: hides, arrived: map[string]int{}}
			r.ways[map[Channel]string{WhatsApp: "meta", SMS: "twilio"}[channel]].sender = g
			started := time.Now()
			var numbers []string
			for i := range people {
				number := fmt.Sprintf("+120255501%02d", i)
				numbers = append(numbers, number)
				r.acceptAs(t, number, ID{byte(i + 1)})
			}
			for step := time.Duration(0); step < 2*time.Minute; step += time.Second {
				before := r.sms.count()
				r.pass(time.Second)
				if r.sms.count() > before {
					c.waited = time.Since(started)
				}
			}
			c.sms = r.sms.count()
			bySMS := map[string]bool{}
			for _, o := range r.sms.outgoing() {
				bySMS[o.To.E164()] = true
			}
			for _, number := range numbers {
				if g.arrived[number] > 1 {
					c.twice++
				}
				if g.arrived[number] == 0 && !bySMS[number] {
					c.none++
				}
				if channel == SMS {
					c.sms += g.arrived[number]
				}
			}
		})
		return c
	}
	for _, hides := range []int{0, 50, 90, 100} {
		unknown, again := measure(t, WhatsApp, ClassUnknown, hides), measure(t, WhatsApp, ClassTransient, hides)
		t.Logf("WhatsApp, %3d %% hide a message: unknown %+v, tried again %+v", hides, unknown, again)
		require.Zero(t, unknown.twice, "a message of unknown outcome is never repeated")
		require.Zero(t, unknown.none, "after it comes an SMS")
		require.LessOrEqual(t, unknown.waited, 32*time.Second)
		require.Equal(t, hides > 0, again.twice > 0)

		unknown, again = measure(t, SMS, ClassUnknown, hides), measure(t, SMS, ClassDoubtful, hides)
		t.Logf("SMS,      %3d %% hide a message: unknown %+v, tried again %+v", hides, unknown, again)
		require.Equal(t, people-hides, unknown.none, "after an SMS comes nothing")
		require.Zero(t, unknown.twice)
		require.LessOrEqual(t, again.none, unknown.none)
		require.Equal(t, hides > 0 && hides < 100, again.none < unknown.none, "tried again, more people get one")
		require.Equal(t, hides > 0, again.twice > 0, "and some pay twice")
	}
}
