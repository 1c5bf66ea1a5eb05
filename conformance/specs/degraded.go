package specs

import (
	"context"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

const (
	// probe is how often these specs let a message probe what is degraded.
	probe = time.Second
	// everySoOften is a probe that is far enough away for what goes before it.
	everySoOften = 2 * time.Second
	// longProbe is so long that no spec sees one.
	longProbe = time.Minute

	// What may be degraded, as metrics and operator view call it.

	accountPart   = "account"
	noAnswerPart  = "whatsapp"
	webhooksPart  = "webhooks"
	smsPart       = "sms"
	smsBudgetPart = "sms_budget"
)

// probing sets how often a message probes what is degraded.
func probing(every time.Duration) func(testkit.Config) {
	return func(c testkit.Config) { c.Set("whatsapp.probe_every", every.String()) }
}

// expectDegraded waits until metrics and operator view say that a part is
// degraded.
func (d deployment) expectDegraded(ctx context.Context, part string) {
	GinkgoHelper()
	needs(viaOperator)
	d.operatorView().seeDegraded(ctx, part)
}

// expectHealthy waits until metrics and operator view say that a part is not
// degraded.
func (d deployment) expectHealthy(ctx context.Context, part string) {
	GinkgoHelper()
	needs(viaOperator)
	d.operatorView().seeHealthy(ctx, part)
}

func (o operatorView) seeDegraded(ctx context.Context, part string) {
	GinkgoHelper()
	if o.of.Courier.Foreign() {
		return
	}
	Eventually(o.of.Courier.Operator().Degraded).WithContext(ctx).Should(
		ContainElement(And(HaveField("Part", part), HaveField("Reason", Not(BeEmpty())), HaveField("Since", Not(BeZero())))),
		"what operators see as degraded")
	Expect(o.degraded(ctx, part)).To(BeNumerically(">", 0), "the metric")
}

func (o operatorView) seeHealthy(ctx context.Context, part string) {
	GinkgoHelper()
	if o.of.Courier.Foreign() {
		return
	}
	Eventually(o.of.Courier.Operator().Degraded).WithContext(ctx).ShouldNot(
		ContainElement(HaveField("Part", part)), "what operators see as degraded")
	Expect(o.degraded(ctx, part)).To(BeZero(), "the metric")
}

func (o operatorView) degraded(ctx context.Context, part string) float64 {
	GinkgoHelper()
	return must(o.of.Courier.Metric(ctx, "whatsapp_courier_degraded", `part="`+part+`"`))
}

// expectReady expects that the service counts as ready: otherwise no traffic
// would reach it, and SMS would stop too.
func (d deployment) expectReady(ctx context.Context) {
	GinkgoHelper()
	needs(viaHealth)
	Expect(must(testkit.Do(ctx, http.MethodGet, d.Courier.ReadyURL(), "")).Status).To(Equal(http.StatusOK), "readiness")
}

// metric is the sum of the samples of one of the courier's own metrics that have
// these labels.
func (d deployment) metric(ctx context.Context, name string, labels ...string) float64 {
	GinkgoHelper()
	needs(viaOperator)
	return must(d.Courier.Metric(ctx, "whatsapp_courier_"+name, labels...))
}
