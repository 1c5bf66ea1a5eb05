package specs

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// tap is the suite between a Kratos and the courier, for one spec.
type tap struct {
	*testkit.Tap
	// kratos posts to it.
	kratos *testkit.Kratos
	of     deployment
	since  time.Time
}

// throughTap starts a Kratos that posts through a tap. Where one that runs already posts
// through the tap of the run, it is that one.
func (d deployment) throughTap(ctx context.Context) tap {
	GinkgoHelper()
	needs(viaTap)
	t := tap{Tap: d.Tap, kratos: d.Kratos, of: d, since: time.Now()}
	if t.Tap == nil {
		t.Tap = must(testkit.StartTap(ctx, "127.0.0.1:0", d.Courier.KratosURL()))
		DeferCleanup(t.Leave)
		DeferCleanup(func() {
			AddReportEntry(TimelineEntry, postEvents(t.Posts(t.since)), ReportEntryVisibilityNever)
		})
		t.kratos = runKratos(ctx, d, testkit.KratosOptions{CourierURL: t.URL(), Configure: eager})
	}
	return t
}

// newPerson makes an identity at the Kratos that posts through the tap.
func (t tap) newPerson(ctx context.Context) *testkit.Person {
	GinkgoHelper()
	return newPersonAt(ctx, t.kratos, t.of.Numbers, nil)
}

// holdEvents takes Kratos' web hooks from now on, and never answers them.
func (t tap) holdEvents() {
	DeferCleanup(t.Hold(path(t.of, t.of.Courier.EventsURL())))
}

// leave is what a courier does that stops; the tap is back after the spec.
func (t tap) leave() {
	GinkgoHelper()
	Expect(t.Leave()).To(Succeed())
	if t.Tap == t.of.Tap {
		DeferCleanup(t.Return)
	}
}

// expectEvent waits until Kratos has posted the nth web hook, from 1, about this person.
func (t tap) expectEvent(ctx context.Context, p *testkit.Person, nth int, why string) {
	GinkgoHelper()
	events := func() int { return len(t.to(t.of.Courier.EventsURL(), p.ID)) }
	Eventually(events).WithContext(ctx).Should(BeNumerically(">=", nth), why)
}

// givenMessage waits until Kratos has posted a message to this number, and has its answer.
// A Kratos that posts elsewhere says nothing about the courier.
func (t tap) givenMessage(ctx context.Context, phone string) (post testkit.Post) {
	GinkgoHelper()
	given("Kratos posts through the tap at "+t.URL(), func() {
		Eventually(func() []testkit.Post { return t.messages(phone) }).WithContext(ctx).
			Should(ContainElement(HaveField("Took", BeNumerically(">", 0))), "posts that have their answer")
		post = t.messages(phone)[0]
	})
	return post
}

// messages are the posts of messages to this number.
func (t tap) messages(phone string) []testkit.Post { return t.to(t.of.Courier.MessagesURL(), phone) }

// to are the posts to a URL of the courier that are about somebody, by a number or an
// identity's id. A Kratos that runs already also posts what earlier specs have left.
func (t tap) to(url, about string) (posts []testkit.Post) {
	for _, p := range t.Posts(t.since) {
		if p.Path == path(t.of, url) && strings.Contains(p.Body, about) {
			posts = append(posts, p)
		}
	}
	return posts
}

// path is that of a URL which Kratos posts to.
func path(d deployment, url string) string {
	path, _, _ := strings.Cut(strings.TrimPrefix(url, d.Courier.KratosURL()), "?")
	return path
}

// postEvents are what Kratos posted, for the timeline of a spec.
func postEvents(posts []testkit.Post) (events []Event) {
	for _, p := range posts {
		answer := "not answered"
		if p.Status != 0 {
			answer = fmt.Sprintf("answered %d in %s", p.Status, p.Took.Round(time.Millisecond))
		}
		events = append(events, Event{p.At.Round(time.Millisecond), "Kratos", "courier", http.MethodPost + " " + p.Path + ", " + answer})
	}
	return events
}
