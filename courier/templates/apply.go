package templates

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

// keeper is what keeps templates: an Account.
type keeper interface {
	Translations(ctx context.Context, name string) ([]graph.Translation, error)
	Upsert(ctx context.Context, w Wanted, languages []string) error
	Delete(ctx context.Context, name, id string) error
}

// ErrInReview is returned when the wait has ended before Meta's review.
var ErrInReview = errors.New("the review of Meta has not ended")

// Read says what it would take to make the template as wanted.
func Read(ctx context.Context, k keeper, w Wanted) (Plan, error) {
	have, err := k.Translations(ctx, w.Name)
	if err != nil {
		return Plan{}, graph.Explain(err, "whatsapp.business_account_id", "the templates of the business account")
	}
	return Compare(w, have), nil
}

// Waiting says how Apply waits for Meta's review.
type Waiting struct {
	// For is how long it waits at most; 0 means not at all. Every is the time between two
	// looks.
	For, Every time.Duration
	// Progress is called after each look, with what Meta has and how long the wait has been.
	Progress func(Plan, time.Duration)
}

// Apply does what the plan says, in one request, and waits until Meta has reviewed every
// wanted language and shows it as wanted. It returns what Meta has then; with ErrInReview
// the wait was not long enough.
func Apply(ctx context.Context, k keeper, w Wanted, p Plan, wait Waiting) (Plan, error) {
	changed := p.Languages(Create, Update)
	if len(changed) > 0 {
		if err := k.Upsert(ctx, w, changed); err != nil {
			return p, explain(err, changed)
		}
	}
	start := time.Now()
	deadline := time.NewTimer(wait.For)
	defer deadline.Stop()
	var reached error
	for {
		now, err := Read(ctx, k, w)
		switch trouble, known := errors.AsType[*graph.TroubleError](err); {
		case known && !trouble.Wrong:
			reached = err // it may pass while there is time
		case err != nil:
			return p, err
		default:
			if p, reached = now, ErrInReview; wait.Progress != nil {
				wait.Progress(p, time.Since(start))
			}
			if settled(p) {
				return p, nil
			}
		}
		next := time.NewTimer(wait.Every)
		select {
		case <-ctx.Done():
			next.Stop()
			return p, ctx.Err()
		case <-deadline.C:
			next.Stop()
			return p, reached
		case <-next.C:
		}
	}
}

// settled reports whether waiting would bring nothing more: a language that Meta does not
// show yet, or shows as it was, follows.
func settled(p Plan) bool {
	return len(p.InReview()) == 0 && len(p.Languages(Create, Update)) == 0
}

// Delete deletes the steps of a plan, one request each. The error says how many there
// were before.
func Delete(ctx context.Context, k keeper, name string, steps []Step) error {
	for i, s := range steps {
		if err := k.Delete(ctx, name, s.ID); err != nil {
			return fmt.Errorf("deleted %d of %d: %w", i, len(steps), explain(err, []string{s.Language}))
		}
	}
	return nil
}

// explain says why Meta did not change the template. The subcodes are remembered, not read
// in Meta's pages.
func explain(err error, languages []string) *graph.TroubleError {
	trouble := graph.Explain(err, "whatsapp.template", "the template in "+strings.Join(languages, ", "))
	if refused, ok := errors.AsType[*graph.RefusalError](err); ok {
		switch refused.Subcode {
		case 2388019:
			trouble.Do = "the account has as many templates as Meta allows it: delete some in the WhatsApp Manager"
		case 2388023:
			trouble.Where, trouble.Do = "whatsapp.template.name", "a name that was deleted rests for 30 days: set another one"
		}
	}
	return trouble
}
