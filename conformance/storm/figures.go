package storm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Figures are what an outage did to those who asked for a code in it.
type Figures struct {
	// People is how many messages were acknowledged during the outage, Refused how
	// many posts were not.
	People  int `json:"people"`
	Refused int `json:"refused"`
	// None got no message on any channel.
	None int `json:"none"`
	// BySMS got an SMS; the times are from the acknowledgement to it.
	BySMS  int      `json:"by_sms"`
	SMSP50 Duration `json:"sms_p50"`
	SMSP99 Duration `json:"sms_p99"`
	SMSMax Duration `json:"sms_max"`
	// LateP50 and LateP99 are the same for those who came once the outage was seen
	// in /admin/status.
	LateP50 Duration `json:"sms_p50_once_seen"`
	LateP99 Duration `json:"sms_p99_once_seen"`
	// Twice got more than one message on the same channel.
	Twice int `json:"twice"`
	// Seen is the time from the start of the outage until /admin/status lists a
	// fault; negative, and written as "never", when it never did.
	Seen Duration `json:"seen"`
	// AcceptP99 is that of the posts in the outage, CalmP99 of those before it.
	AcceptP99 Duration `json:"accept_p99"`
	CalmP99   Duration `json:"accept_p99_before"`
}

// ErrPromise is wrapped by what Verdict returns.
var ErrPromise = errors.New("the outage broke a promise")

// Verdict returns an error when an outage did to someone what it never must,
// however busy the machine is. Times are not judged.
func (f Figures) Verdict() error {
	var broken []string
	if f.None > 0 {
		broken = append(broken, fmt.Sprintf("%d people got no message", f.None))
	}
	if f.Twice > 0 {
		broken = append(broken, fmt.Sprintf("%d people got two messages on one channel", f.Twice))
	}
	if f.Seen < 0 {
		broken = append(broken, "/admin/status never listed the outage")
	}
	if len(broken) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrPromise, strings.Join(broken, ", "))
}

// Duration is written as text, such as "1.5s".
type Duration time.Duration

// MarshalText writes Go's notation.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String rounds to what can be told apart.
func (d Duration) String() string {
	v := time.Duration(d)
	if v < 0 {
		return "never"
	}
	if v >= time.Second {
		return v.Round(100 * time.Millisecond).String()
	}
	return v.Round(100 * time.Microsecond).String()
}

// judge counts what the phones got. seen is when the outage was in /admin/status;
// zero when it never was.
func judge(crowd []posted, messages []client.Message, seen time.Time) Figures {
	got := map[string]map[string][]time.Time{}
	for _, m := range messages {
		if got[m.To] == nil {
			got[m.To] = map[string][]time.Time{}
		}
		got[m.To][m.Channel] = append(got[m.To][m.Channel], m.At)
	}
	f := Figures{People: len(crowd)}
	var all, late, accepts []time.Duration
	for _, p := range crowd {
		accepts = append(accepts, p.took)
		onWhatsApp, bySMS := got[p.to][client.WhatsApp], got[p.to][client.SMS]
		if len(onWhatsApp)+len(bySMS) == 0 {
			f.None++
		}
		if len(onWhatsApp) > 1 || len(bySMS) > 1 {
			f.Twice++
		}
		if len(bySMS) == 0 {
			continue
		}
		f.BySMS++
		after := bySMS[0].Sub(p.at)
		all = append(all, after)
		if !seen.IsZero() && p.at.After(seen) {
			late = append(late, after)
		}
	}
	f.SMSP50, f.SMSP99, f.SMSMax = percentile(all, 50), percentile(all, 99), percentile(all, 100)
	f.LateP50, f.LateP99 = percentile(late, 50), percentile(late, 99)
	f.AcceptP99 = percentile(accepts, 99)
	return f
}

func percentile(all []time.Duration, p int) Duration {
	if len(all) == 0 {
		return 0
	}
	slices.SortFunc(all, cmp.Compare)
	return Duration(all[(len(all)-1)*p/100])
}

// String is a table for people.
func (f Figures) String() string {
	var b strings.Builder
	for _, row := range [][2]string{
		{"people who asked for a code in the outage", fmt.Sprint(f.People)},
		{"posts that were not acknowledged", fmt.Sprint(f.Refused)},
		{"people without any message", fmt.Sprintf("%d (%.2f %%)", f.None, 100*float64(f.None)/float64(max(f.People, 1)))},
		{"people with an SMS", fmt.Sprint(f.BySMS)},
		{"SMS after accept: p50, p99, max", fmt.Sprintf("%s, %s, %s", f.SMSP50, f.SMSP99, f.SMSMax)},
		{"the same once the outage was seen: p50, p99", fmt.Sprintf("%s, %s", f.LateP50, f.LateP99)},
		{"people with two messages on one channel", fmt.Sprint(f.Twice)},
		{"until /admin/status lists the outage", f.Seen.String()},
		{"accept p99: before, in the outage", fmt.Sprintf("%s, %s", f.CalmP99, f.AcceptP99)},
	} {
		fmt.Fprintf(&b, "%-46s %s\n", row[0], row[1])
	}
	return b.String()
}
