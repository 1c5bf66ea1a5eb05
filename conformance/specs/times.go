package specs

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

const (
	// limit is the deadline of one spec, beside what a target takes that states its
	// own times.
	limit = SpecTimeout(30 * time.Second)
	// fallbackAfter is how long WhatsApp has to deliver where the suite says it.
	fallbackAfter = 2 * time.Second
	// soon is how long a spec waits for what has no deadline of its own.
	soon = 10 * time.Second
	// lateBy is how long after a deadline a spec still waits for what must come,
	// so that a loaded machine does not fail it.
	lateBy = 3 * time.Second
	// shortestPause is what lies between two tries at least: a second one at once
	// meets the same trouble.
	shortestPause = 50 * time.Millisecond
	// pauses is what the pauses that Meta and SMS providers want add to the end of
	// a delivery.
	pauses = 6 * time.Second
	// margin is what a deadline may be late by on a busy machine.
	margin = time.Second
)

// WaitEntry is the name of the report entries that say what a spec waited for that takes
// as long as the target says, in the words of package target.
const WaitEntry = "wait"

// waits notes that the running spec waits for one of the target's own times.
func waits(what string) { AddReportEntry(WaitEntry, what, ReportEntryVisibilityNever) }

// slow is by how much a spec takes longer because the target has times of its own.
func (o Options) slow() time.Duration {
	if o.Target == nil {
		return 0
	}
	longest := o.Target.Times.Longest()
	if o.MaxWait > 0 {
		return min(longest, o.MaxWait)
	}
	return longest
}

// slowDown moves the deadline of every spec that is added from now on.
func slowDown(by time.Duration) {
	AddTreeConstructionNodeArgsTransformer(func(node types.NodeType, _ Offset, text string, args []any) (string, []any, []error) {
		for i, arg := range args {
			if deadline, ok := arg.(SpecTimeout); ok && node.Is(types.NodeTypeIt) {
				args[i] = deadline + SpecTimeout(by)
			}
		}
		return text, args, nil
	})
}

// deadline is when a person must have a message at the latest, counted from when
// the courier accepted it.
func (d deployment) deadline() time.Duration {
	GinkgoHelper()
	return timeOr(d.Courier.Times().FallbackOverall, 2*fallbackAfter)
}

// untilSMS is how long WhatsApp has to deliver what it has taken.
func untilSMS(d deployment) time.Duration {
	GinkgoHelper()
	return timeOr(d.Courier.Times().FallbackAfter, fallbackAfter)
}

// givenBeforeSMS blocks the spec if what began then has taken so long that an SMS may have been
// sent before the courier could know: people on a busy machine are slow.
func givenBeforeSMS(d deployment, begun time.Time) {
	GinkgoHelper()
	took := time.Since(begun)
	given("people are done well before an SMS is due", func() { Expect(took).To(BeNumerically("<", untilSMS(d)/2)) })
}

// untilNewer is by how much a message must be later to be clearly the newer one.
func untilNewer(d deployment) time.Duration {
	GinkgoHelper()
	waits(target.WaitNewer)
	return timeOr(d.Courier.Times().SupersedeAfter, 0)
}

// limitWindow is the time in which a number gets perNumber codes.
func limitWindow(d deployment) time.Duration {
	GinkgoHelper()
	waits(target.WaitWindow)
	return timeOr(d.Courier.Times().LimitWindow, 0)
}

// untilProbe is how often a message tries WhatsApp while it is down.
func untilProbe(d deployment) time.Duration {
	GinkgoHelper()
	waits(target.WaitProbe)
	return timeOr(d.Courier.Times().ProbeEvery, 0)
}

// timeOr reads a time; "" is what otherwise says.
func timeOr(text string, otherwise time.Duration) time.Duration {
	GinkgoHelper()
	if text == "" {
		return otherwise
	}
	return must(time.ParseDuration(text))
}

// patience is how long a spec waits for one thing. It is shorter than the time of
// the spec: a wait that ends by itself can say what was missing.
func (d deployment) patience() time.Duration {
	GinkgoHelper()
	return d.deadline() + lateBy
}

// waitUntil waits for an instant: the end of a code's life, or the last moment at
// which a fallback that must not come could have come.
func waitUntil(ctx context.Context, instant time.Time) {
	GinkgoHelper()
	timer := time.NewTimer(time.Until(instant))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		Fail("the spec's time ran out while waiting for " + instant.Format(time.TimeOnly))
	}
}
