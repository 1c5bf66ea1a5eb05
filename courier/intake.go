package courier

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Intake takes messages of Kratos into the store.
type Intake struct {
	Store    Store
	Policy   Policy
	Limits   Limits
	Ledger   Ledger
	Observer Observer
	// Trace is the trace of a request as Delivery.Trace has it; nil means that there is none.
	Trace func(ctx context.Context) string
	// HandOver takes a message that was accepted as a new delivery, which is to be
	// carried out now.
	HandOver func(Acceptance)
	// RetrySpan is for how long after a code's life Kratos may still repeat its
	// message.
	RetrySpan time.Duration
	// Tokens: login pages may ask what became of a message, by its token.
	Tokens bool
	Now    func() time.Time
}

// Take returns once the message is on disk: as a new delivery, as the repeat of a
// known one, or as one that will not be sent. An error means that nothing was
// stored; the observer knows of it.
func (in *Intake) Take(ctx context.Context, m Message) (Acceptance, error) {
	got, err := in.take(ctx, m)
	if err != nil {
		in.Observer.Trouble("storing a message of Kratos", err)
	}
	return got, err
}

func (in *Intake) take(ctx context.Context, m Message) (Acceptance, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Acceptance{}, err
	}
	d := newDelivery(id, m, in.Policy, in.Now())
	if in.Trace != nil {
		d.Trace = in.Trace(ctx)
	}
	found, unusual := in.doubt(ctx, d)
	if refused := in.Limits.refused(d.To); refused != "" {
		d = suppress(d, refused)
	}
	if unusual && in.Limits.Unused.Stop {
		d = suppress(d, ReasonUnused)
	}
	rules := in.Limits.accept(d, in.Policy, in.RetrySpan)
	if in.Tokens {
		rules.Token, rules.TokenUntil = m.Token, latest(d.ExpiresAt, d.AcceptedAt.Add(in.Limits.NumberWindow)).Add(tokenRest)
	}
	got, err := in.Store.Accept(ctx, d, rules)
	if err != nil {
		return Acceptance{}, err
	}
	in.Observer.Received(ctx, d, got)
	if unusual && got.Outcome != Repeated {
		in.Observer.Unusual(found)
	}
	if got.Outcome == Created {
		in.HandOver(got)
	}
	return got, nil
}

// tokenRest is for how long a token is known after its code and the limit of its number
// are over: a page that is asked for again later hears that it has ended.
const tokenRest = time.Hour
