package specs

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// What Kratos answers, the same in v1.3.1 and v26.2.0 while its texts differ.
const (
	codeSent      = 1010014
	wrongCode     = 4010008
	tooOften      = 4000001
	noStrategy    = 4010002
	flowExpired   = "self_service_flow_expired"
	waitsForCode  = "sent_email" // Also when it is a phone.
	maxWrongCodes = 5            // Fixed in v1.3.1, the default in v26.2.0.
)

// must ends the spec on an error.
func must[T any](value T, err error) T {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	return value
}

// newPerson makes an identity with a fresh number.
func newPerson(ctx context.Context, d *testkit.System, traits map[string]any) *testkit.Person {
	GinkgoHelper()
	return must(d.Kratos.NewPerson(ctx, d.Numbers.Next(), traits))
}

// askForCode starts a login and asks for a code; transient may be nil.
func askForCode(ctx context.Context, p *testkit.Person, transient map[string]any) *testkit.Login {
	GinkgoHelper()
	login := must(p.Login(ctx))
	expectCodeSent(must(login.RequestCode(ctx, transient)))
	return login
}

func expectCodeSent(r testkit.Result) {
	GinkgoHelper()
	Expect(r).To(And(HaveField("State", waitsForCode), HaveField("MessageIDs", ContainElement(int64(codeSent)))),
		"Kratos says that a code was sent: %+v", r)
}

// arrived waits for the nth message, from 1, to a number on a channel.
func arrived(ctx context.Context, d *testkit.System, phone, channel string, nth int) client.Message {
	GinkgoHelper()
	return must(d.Mock.WaitForMessages(ctx, client.Filter{To: phone, Channel: channel}, nth))[nth-1]
}

// expectCount compares how many messages a number got on a channel.
func expectCount(ctx context.Context, d *testkit.System, phone, channel string, count int) {
	GinkgoHelper()
	Expect(must(d.Mock.Messages(ctx, client.Filter{To: phone, Channel: channel}))).To(HaveLen(count),
		"messages on %s", channel)
}

// expectLogin submits a code and expects a session of that person.
func expectLogin(ctx context.Context, d *testkit.System, p *testkit.Person, login *testkit.Login, code string) {
	GinkgoHelper()
	result := must(login.Submit(ctx, code))
	Expect(result).To(And(HaveField("HTTPStatus", 200), HaveField("SessionToken", Not(BeEmpty()))), "the code logs in")
	Expect(must(d.Kratos.Whoami(ctx, result.SessionToken))).To(Equal(p.ID), "the session is this person's")
}

// expectRefused submits a code and expects no session and this message.
func expectRefused(ctx context.Context, login *testkit.Login, code string, message int64) {
	GinkgoHelper()
	Expect(must(login.Submit(ctx, code))).To(And(
		HaveField("SessionToken", BeEmpty()),
		HaveField("HTTPStatus", 400),
		HaveField("MessageIDs", ContainElement(message)),
	), "the code is refused")
}

// other returns a code that differs from this one.
func other(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

// expectDelivery waits until operators see this of a delivery, and returns it.
func expectDelivery(ctx context.Context, d *testkit.System, id string, what ...types.GomegaMatcher) testkit.Delivery {
	GinkgoHelper()
	var seen testkit.Delivery
	Eventually(func(ctx context.Context) testkit.Delivery {
		seen = must(d.Courier.Operator().Delivery(ctx, id))
		return seen
	}).WithContext(ctx).Should(And(what...), "what operators see")
	return seen
}

// deliveryTo waits until operators see the nth delivery, from 1, to a number.
func deliveryTo(ctx context.Context, d *testkit.System, phone string, nth int) testkit.Delivery {
	GinkgoHelper()
	var seen []testkit.Delivery
	Eventually(func(ctx context.Context) []testkit.Delivery {
		seen = must(d.Courier.Operator().DeliveriesTo(ctx, phone))
		return seen
	}).WithContext(ctx).Should(HaveLen(nth), "deliveries that operators see")
	return seen[nth-1]
}

// state matches the state of a delivery or of an attempt.
func state(is string) types.GomegaMatcher { return HaveField("State", is) }

// ended matches a delivery after which nothing more is sent.
func ended() types.GomegaMatcher {
	return HaveField("State", BeElementOf(
		"delivered", "read", "handed_over", "failed", "expired", "cancelled", "superseded", "suppressed"))
}

// attempts matches the channels of a delivery's attempts, in order.
func attempts(channels ...string) types.GomegaMatcher {
	return WithTransform(func(d testkit.Delivery) []string {
		var seen []string
		for _, a := range d.Attempts {
			seen = append(seen, a.Channel)
		}
		return seen
	}, Equal(channels))
}

// until waits for an instant: the end of a code's life, or the last moment at
// which a fallback that must not come could have come.
func until(ctx context.Context, instant time.Time) {
	GinkgoHelper()
	timer := time.NewTimer(time.Until(instant))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		Fail("the spec's time ran out while waiting for " + instant.Format(time.TimeOnly))
	}
}

// switchOff turns a phone off: WhatsApp messages are sent but not delivered.
func switchOff(ctx context.Context, d *testkit.System, phone string) {
	GinkgoHelper()
	Expect(d.Mock.SetHandset(ctx, phone, client.Handset{State: client.SwitchedOff})).To(Succeed())
}
