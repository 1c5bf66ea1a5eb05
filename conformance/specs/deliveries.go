package specs

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// expectDelivery waits until operators see this of a delivery, and returns it.
func (d deployment) expectDelivery(ctx context.Context, id string, what ...types.GomegaMatcher) testkit.Delivery {
	GinkgoHelper()
	needs(viaOperator)
	return d.operatorView().see(ctx, id, what...)
}

// expectDeliveryTo waits until operators see the nth delivery of this spec, from
// 1, to a number, and then as expectDelivery does.
func (d deployment) expectDeliveryTo(ctx context.Context, phone string, nth int, what ...types.GomegaMatcher) testkit.Delivery {
	GinkgoHelper()
	needs(viaOperator)
	return d.operatorView().seeTo(ctx, phone, nth, what...)
}

// operatorView is what this repository's courier shows on top of what the phones
// have shown. A courier without its operator API is judged by the phones alone:
// then nothing is looked at, and nothing returned.
type operatorView struct{ of deployment }

func (d deployment) operatorView() operatorView { return operatorView{d} }

// see waits until operators see this of a delivery.
func (o operatorView) see(ctx context.Context, id string, what ...types.GomegaMatcher) (seen testkit.Delivery) {
	GinkgoHelper()
	if o.of.Courier.Foreign() {
		return seen
	}
	Eventually(func(ctx context.Context) testkit.Delivery {
		seen = must(o.of.Courier.Operator().Delivery(ctx, id))
		return seen
	}).WithContext(ctx).WithTimeout(o.of.patience()+pauses).Should(And(what...), "what operators see")
	return seen
}

// seeTo waits until operators see the nth delivery of this spec, from 1, to a
// number, and then as see does.
func (o operatorView) seeTo(ctx context.Context, phone string, nth int, what ...types.GomegaMatcher) testkit.Delivery {
	GinkgoHelper()
	if o.of.Courier.Foreign() {
		return testkit.Delivery{}
	}
	var seen []testkit.Delivery
	Eventually(func(ctx context.Context) []testkit.Delivery {
		seen = must(o.of.Courier.Operator().DeliveriesTo(ctx, phone, CurrentSpecReport().StartTime))
		return seen
	}).WithContext(ctx).WithTimeout(o.of.patience()).Should(HaveLen(nth), "deliveries that operators see")
	return o.see(ctx, seen[nth-1].ID, what...)
}

// state matches the state of a delivery or of an attempt.
func state(is string) types.GomegaMatcher { return HaveField("State", is) }

// reason matches a delivery that says why it ended.
func reason() types.GomegaMatcher { return HaveField("Reason", Not(BeEmpty())) }

// ended matches a delivery after which nothing more is sent.
func ended() types.GomegaMatcher {
	return HaveField("State", BeElementOf(
		"delivered", "read", "handed_over", "failed", "expired", "cancelled", "superseded", "suppressed"))
}

// arrived matches a delivery of which the phone has confirmed a message.
func arrived() types.GomegaMatcher { return Or(state("delivered"), state("read")) }

// wentBySMS matches a delivery whose SMS the provider has taken.
func wentBySMS() types.GomegaMatcher { return Or(state("handed_over"), state("delivered")) }

// used matches a delivery whose code was used.
func used() types.GomegaMatcher { return HaveField("UsedAt", Not(BeZero())) }

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

// by matches a delivery whose attempts went by these routes, one after the other.
func by(routes ...string) types.GomegaMatcher {
	return WithTransform(func(d testkit.Delivery) []string {
		var seen []string
		for _, a := range d.Attempts {
			seen = append(seen, a.Provider)
		}
		return seen
	}, Equal(routes))
}
