package courier

import (
	"context"
	"time"
)

// Unused watches for codes that no one enters. Fraudsters who earn on messages
// have codes sent to ranges of numbers of their own, and enter none; the events
// of Kratos tell which codes were entered. The zero value watches nothing.
type Unused struct {
	// Percent of a prefix's codes, 1 to 100, that is unusual to stay unused; 0
	// watches nothing.
	Percent int
	// Least is how many codes it takes to judge.
	Least int
	// Window is how far back codes count, by the end of their life.
	Window time.Duration
	// Digits is how many digits after the country calling code make a prefix.
	Digits int
	// Stop says to send nothing more to a prefix while its share is unusual.
	// Otherwise it is only reported.
	Stop bool
}

// ReasonUnused says that too many codes for numbers that start alike were never
// used.
const ReasonUnused = "unused_codes"

// latestCodes bounds how many codes of a prefix are looked at, the latest
// first: a judgement costs the same whatever the traffic.
const latestCodes = 500

// sent is what to enter when a provider has taken a code. Until then no one can
// use it: an outage of ours must not look like fraud. Recovery codes are left out,
// here and in used: Kratos before v26.2 reports none, and few deployments ask it to.
func (u Unused) sent(d Delivery) []Quota {
	if u.Percent == 0 || d.Purpose == Recovery {
		return nil
	}
	return []Quota{u.entry("codes", d.To.Prefix(u.Digits), d.ExpiresAt)}
}

// used is what to enter when a code let a person in.
func (u Unused) used(d Delivery) []Quota {
	if u.Percent == 0 || d.Purpose == Recovery {
		return nil
	}
	return []Quota{
		u.entry("codes_used", d.To.Prefix(u.Digits), d.ExpiresAt),
		u.entry("codes_used", "", d.ExpiresAt),
	}
}

// entry counts a code at the end of its life: only then is it unused.
func (u Unused) entry(name, prefix string, at time.Time) Quota {
	return Quota{Name: name, Subject: prefix, Max: Unlimited, Window: u.Window, Now: at}
}

// Conversion is how many of the latest codes for a prefix were used, of those
// whose life has ended.
type Conversion struct {
	Prefix      string
	Codes, Used int
}

// unusual judges the prefix of a number. With no used code of any number in the
// window it does not judge: then it is rather Kratos' events that do not come.
func (u Unused) unusual(ctx context.Context, l Ledger, to Phone, now time.Time) (Conversion, bool, error) {
	c := Conversion{Prefix: to.Prefix(u.Digits)}
	if u.Percent == 0 {
		return c, false, nil
	}
	codes, oldest, err := l.Latest(ctx, u.entry("codes", c.Prefix, now), latestCodes)
	if err != nil || codes < u.Least {
		return c, false, err
	}
	among := u.entry("codes_used", c.Prefix, now)
	among.Window = now.Sub(oldest) + time.Microsecond
	used, _, err := l.Latest(ctx, among, latestCodes)
	if err != nil {
		return c, false, err
	}
	anyone, _, err := l.Latest(ctx, u.entry("codes_used", "", now), 1)
	c.Codes, c.Used = codes, used
	return c, anyone > 0 && (codes-used)*100 >= u.Percent*codes, err
}

// doubt holds a new message against what became of earlier codes to numbers that
// start alike. What cannot be judged is sent: most codes are wanted.
func (in *Intake) doubt(ctx context.Context, d Delivery) (found Conversion, unusual bool) {
	if d.State.Ended() {
		return Conversion{}, false
	}
	found, unusual, err := in.Limits.Unused.unusual(ctx, in.Ledger, d.To, d.AcceptedAt)
	if err != nil {
		in.Observer.Trouble("counting unused codes", err)
	}
	return found, unusual
}
