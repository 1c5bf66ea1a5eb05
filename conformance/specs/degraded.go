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
	Eventually(d.Courier.Operator().Degraded).WithContext(ctx).Should(
		ContainElement(And(HaveField("Part", part), HaveField("Reason", Not(BeEmpty())), HaveField("Since", Not(BeZero())))),
		"what operators see as degraded")
	Expect(d.degraded(ctx, part)).To(Equal(1.0), "the metric")
}

// expectHealthy waits until metrics and operator view say that a part is not
// degraded.
func (d deployment) expectHealthy(ctx context.Context, part string) {
	GinkgoHelper()
	needs(viaOperator)
	Eventually(d.Courier.Operator().Degraded).WithContext(ctx).ShouldNot(
		ContainElement(HaveField("Part", part)), "what operators see as degraded")
	Expect(d.degraded(ctx, part)).To(BeZero(), "the metric")
}

func (d deployment) degraded(ctx context.Context, part string) float64 {
	GinkgoHelper()
	return d.metric(ctx, "degraded", `part="`+part+`"`)
}

// expectReady expects that the service counts as ready: otherwise no traffic
// would reach it, and SMS would stop too.
func (d deployment) expectReady(ctx context.Context) {
	GinkgoHelper()
	Expect(d.health(ctx, "ready")).To(Equal(http.StatusOK), "readiness")
}

// health is the HTTP status of /health/alive or /health/ready.
func (d deployment) health(ctx context.Context, check string) int {
	GinkgoHelper()
	needs(viaOperator)
	return must(testkit.Do(ctx, http.MethodGet, d.Courier.PrivateURL+"/health/"+check, "")).Status
}

// metric is the sum of the samples of one of the courier's own metrics that have
// these labels.
func (d deployment) metric(ctx context.Context, name string, labels ...string) float64 {
	GinkgoHelper()
	needs(viaOperator)
	return must(d.Courier.Metric(ctx, "whatsapp_courier_"+name, labels...))
}
