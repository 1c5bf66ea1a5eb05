package courier

import (
	"context"
	"errors"
	"strings"
	"time"
)

// HintState says where a person should look for a code.
type HintState string

// The states of a hint.
const (
	// HintSending: no message has come with the token, yet or at all.
	HintSending HintState = "sending"
	// HintWhatsApp: look at WhatsApp.
	HintWhatsApp HintState = "check_whatsapp"
	// HintSMS: look at the text messages; after HintWhatsApp, at both.
	HintSMS HintState = "check_sms"
	// HintLimited: a limit held the code back.
	HintLimited HintState = "limited"
	// HintEnded: no code comes to numbers like this one, or the one that came is too old.
	HintEnded HintState = "ended"
)

// Hint is what a login page may tell about a code.
//
// Anyone can start a login with a stranger's number. So a hint follows from what the
// page asked for, the configuration, the limits and the clock, and from nothing that
// was learned about the phone or its owner: it is the same, and changes at the same
// instants, whether that phone is on WhatsApp, on line or lost, whether the code was
// used, and whether the owner wants no codes or did not ask for this one. This is why
// HintSMS comes when an SMS is due if WhatsApp has not delivered, also where it has: who
// is still there then should look at both.
type Hint struct {
	State HintState
	// ReceivedAt is when the message came; zero if none has.
	ReceivedAt time.Time
	// SMSAt is when HintWhatsApp becomes HintSMS; zero if it does not.
	SMSAt time.Time
	// EndsAt is the end of the code's life; zero if there is no code.
	EndsAt time.Time
	// NextCodeAt is from when on the number may get another code; zero means now. One
	// that is asked for before ends the code on the phone, and is not sent.
	NextCodeAt time.Time
}

// hint says where to look for the code of a delivery; next is its NextCodeAt.
func (p Policy) hint(d Delivery, next, now time.Time) Hint {
	switch {
	case d.State == StateSuppressed && strings.HasSuffix(d.Reason, limitSuffix):
		return Hint{State: HintLimited, ReceivedAt: d.AcceptedAt, NextCodeAt: next}
	case d.State == StateSuppressed && !d.withheld(), !now.Before(d.ExpiresAt):
		return Hint{State: HintEnded, ReceivedAt: d.AcceptedAt, NextCodeAt: next}
	}
	look, smsAt := p.look(d, now)
	return Hint{State: look, ReceivedAt: d.AcceptedAt, SMSAt: smsAt, EndsAt: d.ExpiresAt, NextCodeAt: next}
}

// withheld reports whether the message is not sent for what the owner of the number did or
// may have done: looked for, it is like one that is sent.
func (d *Delivery) withheld() bool { return d.Reason == ReasonDenied || d.Reason == ReasonBlocked }

// look says on which channel to look for a code that lives, and when that changes.
func (p Policy) look(d Delivery, now time.Time) (HintState, time.Time) {
	due := d.AcceptedAt.Add(p.FallbackAfter)
	switch mode := p.mode(d.To); {
	case mode == SMSOnly, mode == WhatsAppOrSMS && d.Asked == SMS:
		return HintSMS, time.Time{}
	case mode == WhatsAppOnly, !due.Add(p.MinRest).Before(d.ExpiresAt):
		return HintWhatsApp, time.Time{}
	case now.Before(due):
		return HintWhatsApp, due
	}
	return HintSMS, time.Time{}
}

// Guide tells login pages where to look.
type Guide struct {
	Store  Watched
	Ledger Ledger
	Books  Books
	Now    func() time.Time
}

// Hint returns the hint for a token, and whether a message has come with it.
func (g *Guide) Hint(ctx context.Context, t Token) (hint Hint, known bool, err error) {
	d, err := g.Store.ByToken(ctx, t)
	if errors.Is(err, ErrNotFound) {
		return Hint{State: HintSending}, false, nil
	}
	if err != nil {
		return Hint{}, false, err
	}
	now := g.Now()
	next, err := g.nextCode(ctx, d.To, now)
	if err != nil {
		return Hint{}, true, err
	}
	return g.Books.Policy.hint(d, next, now), true, nil
}

// nextCode is from when on all limits of a number have room; zero means that they have.
func (g *Guide) nextCode(ctx context.Context, to Phone, now time.Time) (next time.Time, err error) {
	if to.IsZero() {
		return next, nil
	}
	for _, q := range append(g.Books.Limits.ofNumber(to, now), g.Books.Limits.ofAll(now)...) {
		u, err := usage(ctx, g.Ledger, q)
		if err != nil {
			return next, err
		}
		if u.Left() <= 0 {
			next = latest(next, u.FreesAt)
		}
	}
	return next, nil
}
