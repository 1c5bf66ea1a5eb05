package failover

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// message is what Kratos asks the courier to deliver.
type message struct{ to, code string }

// post is how it was answered; at is zero if it never was.
type post struct {
	id    string
	at    time.Time
	tries int
}

// figures are what became of all messages.
type figures struct {
	acknowledged, again, onWhatsApp, bySMS, suppressed int
	// unknown are attempts whose outcome the courier never learned, and unsure the
	// messages that have no other attempt.
	unknown, unsure int
	lost, double    []string
	// refused were never taken, and foreign never asked for.
	refused, foreign int
	median, longest  time.Duration
}

// judge holds what the phones have received against what was acknowledged. A message is
// lost if it was acknowledged and nothing came, unless the courier says of an attempt that
// it does not know; it is double if it came twice on one channel.
func judge(posted map[message]post, received []client.Message, deliveries map[string]testkit.Delivery) figures {
	var f figures
	got := map[message]map[string][]client.Message{}
	for _, r := range received {
		m := message{r.To, r.Code}
		if got[m] == nil {
			got[m] = map[string][]client.Message{}
		}
		got[m][r.Channel] = append(got[m][r.Channel], r)
		if _, asked := posted[m]; !asked {
			f.foreign++
		}
	}
	var waits []time.Duration
	for m, p := range posted {
		for channel, messages := range got[m] {
			if len(messages) > 1 {
				f.double = append(f.double, fmt.Sprintf("%d on %s of delivery %s", len(messages), channel, p.id))
			}
		}
		if p.at.IsZero() {
			f.refused++
			continue
		}
		f.acknowledged++
		if p.tries > 1 {
			f.again++
		}
		d := deliveries[p.id]
		unknown := unknownAttempts(d)
		f.unknown += unknown
		switch first := firstOf(got[m]); {
		case d.State == "suppressed":
			f.suppressed++
		case first.IsZero() && unknown > 0:
			f.unsure++
		case first.IsZero():
			f.lost = append(f.lost, fmt.Sprintf("delivery %q: %s %s", p.id, d.State, d.Reason))
		default:
			waits = append(waits, max(0, first.Sub(p.at)))
			if len(got[m][client.WhatsApp]) > 0 {
				f.onWhatsApp++
			}
			if len(got[m][client.SMS]) > 0 {
				f.bySMS++
			}
		}
	}
	if len(waits) > 0 {
		slices.Sort(waits)
		f.median, f.longest = waits[len(waits)/2], waits[len(waits)-1]
	}
	return f
}

// faults are what must not be.
func (f figures) faults() []string {
	all := append(slices.Clone(f.lost), f.double...)
	if f.refused > 0 {
		all = append(all, fmt.Sprintf("%d messages were never taken", f.refused))
	}
	if f.foreign > 0 {
		all = append(all, fmt.Sprintf("%d messages were never asked for", f.foreign))
	}
	return all
}

func (f figures) String() string {
	return fmt.Sprintf("%d messages acknowledged, %d of them after more than one try; %d on WhatsApp, %d by SMS, %d over the limit; "+
		"%d attempts of unknown outcome, %d messages with no other; lost: %d, double: %d; from answer to phone: median %s, longest %s",
		f.acknowledged, f.again, f.onWhatsApp, f.bySMS, f.suppressed, f.unknown, f.unsure, len(f.lost), len(f.double),
		f.median.Round(time.Millisecond), f.longest.Round(time.Millisecond))
}

func unknownAttempts(d testkit.Delivery) int {
	n := 0
	for _, a := range d.Attempts {
		if a.State == "unknown" || a.Class == "unknown" {
			n++
		}
	}
	return n
}

// firstOf is when the first message came; zero if none did.
func firstOf(messages map[string][]client.Message) time.Time {
	var first time.Time
	for _, channel := range messages {
		for _, m := range channel {
			if first.IsZero() || m.At.Before(first) {
				first = m.At
			}
		}
	}
	return first
}

func TestTheJudgeFindsWhatMustNotBe(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.November, 27, 9, 0, 0, 0, time.UTC)
	m := message{"+12015550100", "1234567890"}
	on := func(channel string) client.Message {
		return client.Message{Channel: channel, To: m.to, Code: m.code, At: at.Add(2 * time.Second)}
	}
	unknown := map[string]testkit.Delivery{"d": {State: "failed", Attempts: []testkit.Attempt{{State: "unknown"}}}}
	for name, c := range map[string]struct {
		post       post
		received   []client.Message
		deliveries map[string]testkit.Delivery
		want       figures
		faults     int
	}{
		"arrived":                {post{"d", at, 1}, []client.Message{on(client.WhatsApp)}, nil, figures{acknowledged: 1, onWhatsApp: 1, median: 2 * time.Second, longest: 2 * time.Second}, 0},
		"on both channels":       {post{"d", at, 2}, []client.Message{on(client.WhatsApp), on(client.SMS)}, nil, figures{acknowledged: 1, again: 1, onWhatsApp: 1, bySMS: 1, median: 2 * time.Second, longest: 2 * time.Second}, 0},
		"lost":                   {post{"d", at, 1}, nil, nil, figures{acknowledged: 1, lost: []string{`delivery "d":  `}}, 1},
		"unknown":                {post{"d", at, 1}, nil, unknown, figures{acknowledged: 1, unknown: 1, unsure: 1}, 0},
		"over the limit":         {post{"d", at, 1}, nil, map[string]testkit.Delivery{"d": {State: "suppressed"}}, figures{acknowledged: 1, suppressed: 1}, 0},
		"double, never answered": {post{tries: 9}, []client.Message{on(client.SMS), on(client.SMS)}, nil, figures{refused: 1, double: []string{"2 on sms of delivery "}}, 2},
	} {
		got := judge(map[message]post{m: c.post}, c.received, c.deliveries)
		require.Equal(t, c.want, got, name)
		require.Len(t, got.faults(), c.faults, name)
	}
	require.Len(t, judge(nil, []client.Message{on(client.SMS)}, nil).faults(), 1, "never asked for")
}
