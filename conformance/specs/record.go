package specs

import (
	"context"
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Names of the report entries that a report is made of, beside AccessEntry.
const (
	// SecretsEntry has a []testkit.Hidden that the report must not show.
	SecretsEntry = "secrets"
	// TimelineEntry has a []Event.
	TimelineEntry = "timeline"
	// PromiseEntry has a Promise. It belongs to the clean-up of the suite.
	PromiseEntry = "broken promise"
	// BlockedEntry has the text of what broke on the way to the question.
	BlockedEntry = "blocked"
)

// NotApplicable begins the reason of a spec that skips itself because the rule is
// not for this Kratos. All other reasons mean that it could not look.
const NotApplicable = "not applicable: "

// Event is something that happened during a spec, as the mock saw it.
type Event struct {
	At   time.Time
	From string
	To   string
	What string
}

// ownDeployment is what many specs are given.
const ownDeployment = "a deployment of its own starts"

// mostEvents is how many events of one spec are kept: people read them.
const mostEvents = 60

// secret notes what must not be seen in a report.
func secret(kind testkit.HiddenKind, values ...string) {
	var all []testkit.Hidden
	for _, value := range values {
		all = append(all, testkit.Hidden{Kind: kind, Value: value})
	}
	AddReportEntry(SecretsEntry, all, ReportEntryVisibilityNever)
}

// given does what a spec only needs on the way to its question. When that breaks,
// the spec fails as ever, and a report calls it blocked.
func given(what string, do func()) {
	GinkgoHelper()
	done := false
	defer func() {
		if !done {
			AddReportEntry(BlockedEntry, what, ReportEntryVisibilityNever)
		}
	}()
	do()
	done = true
}

// record notes what the deployment saw during this spec. A mock that is gone by
// now has nothing to say.
func (d deployment) record(ctx context.Context) {
	if d.System == nil {
		return
	}
	if secrets, err := d.Secrets(ctx); err == nil {
		AddReportEntry(SecretsEntry, secrets, ReportEntryVisibilityNever)
	}
	if events, err := d.events(ctx, CurrentSpecReport().StartTime); err == nil {
		AddReportEntry(TimelineEntry, events, ReportEntryVisibilityNever)
	}
}

// events are what happened since then, in order.
func (d deployment) events(ctx context.Context, since time.Time) ([]Event, error) {
	calls, err := d.Mock.Calls(ctx)
	if err != nil {
		return nil, err
	}
	messages, err := d.Mock.Messages(ctx, client.Filter{})
	if err != nil {
		return nil, err
	}
	var events []Event
	add := func(at time.Time, from, to, format string, args ...any) {
		if !at.Before(since) {
			// More digits of a second say nothing, and look like a code.
			events = append(events, Event{at.Round(time.Millisecond), from, to, fmt.Sprintf(format, args...)})
		}
	}
	for _, c := range calls {
		add(c.At, "courier", "provider", "%s %s, answered %d", c.Method, c.Path, c.Status)
	}
	for _, m := range messages {
		text := fmt.Sprintf("%s message with the code %s", m.Channel, m.Code)
		if m.Template != "" {
			text += fmt.Sprintf(", template %s in %s", m.Template, m.Language)
		}
		add(m.At, "provider", "phone "+m.To, "%s", text)
		for _, w := range m.Webhooks {
			add(w.At, "provider", "webhook", "%s of the message to %s, answered %d", w.Status, m.To, w.Answer)
		}
	}
	if d.Tap != nil {
		events = append(events, postEvents(d.Tap.Posts(since))...)
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	return events[:min(len(events), mostEvents)], nil
}
