package specs

import (
	"context"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

const (
	// probe is how often these specs let a message probe what is degraded.
	probe = time.Second
	// longProbe is so long that no spec sees one.
	longProbe = time.Minute
	// accountPart stands for the whole account in metrics and operator view.
	accountPart = "account"
)

func (s *suite) breaker() {
	probing := func(every time.Duration) func(testkit.Config) {
		return func(c testkit.Config) { c.Set("whatsapp.probe_every", every.String()) }
	}
	// breakAccount refuses one person's message with an error of the account.
	breakAccount := func(ctx context.Context, d *testkit.System, code int) {
		GinkgoHelper()
		phone := d.Numbers.Next()
		Expect(d.Mock.FailNextSend(ctx, phone, code)).To(Succeed())
		expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
	}

	Describe("a fault of the account", func() {
		DescribeTable("sends everyone to SMS and is shown, until a message gets through", Label("FBK-12"),
			func(ctx SpecContext, code int) {
				d := deployment(ctx, probing(probe))
				breakAccount(ctx, d, code)
				broken := time.Now()
				expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(d.Numbers.Next())), ended(), attempts(client.SMS))
				expectDegraded(ctx, d, accountPart)
				expectReady(ctx, d)

				until(ctx, broken.Add(probe))
				expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(d.Numbers.Next())), state("read"), attempts(client.WhatsApp))
				expectHealthy(ctx, d, accountPart)
				expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(d.Numbers.Next())), state("read"), attempts(client.WhatsApp))
			},
			Entry("the token", limit, tokenExpired),
			Entry("no means of payment", limit, 131042),
			Entry("locked", limit, 131031),
		)

		It("lets one message at a time try while it lasts", Label("FBK-12"), limit, func(ctx SpecContext) {
			d := deployment(ctx, probing(probe))
			breakAccount(ctx, d, tokenExpired)
			broken := time.Now()
			// Nothing is heard of the one that tries until the others are through.
			trying := d.Numbers.Next()
			for _, fault := range []client.Fault{
				{Kind: client.LateAnswer, Number: trying, Delay: client.Duration(probe)},
				{Kind: client.Silent, Number: trying},
			} {
				Expect(d.Mock.Plant(ctx, fault)).To(Succeed())
			}
			until(ctx, broken.Add(probe))
			id := accepted(ctx, d.Courier, login6(trying))
			arrived(ctx, d, trying, client.WhatsApp, 1)
			for _, id := range postAll(ctx, d, 5) {
				expectDelivery(ctx, d, id, ended(), attempts(client.SMS))
			}
			expectDegraded(ctx, d, accountPart)
			expectDelivery(ctx, d, id, HaveField("Attempts", ContainElement(HaveField("AcceptedAt", Not(BeZero())))))
			expectHealthy(ctx, d, accountPart)
		})

		It("is not over because an earlier message arrives", Label("FBK-12"), limit, func(ctx SpecContext) {
			d := deployment(ctx, probing(longProbe))
			earlier := d.Numbers.Next()
			switchOff(ctx, d, earlier)
			accepted(ctx, d.Courier, login6(earlier))
			message := arrived(ctx, d, earlier, client.WhatsApp, 1)
			Expect(d.Mock.WaitForStatus(ctx, message.ID, "sent")).To(Succeed())

			breakAccount(ctx, d, tokenExpired)
			Expect(d.Mock.SetHandset(ctx, earlier, client.Handset{State: client.OnWhatsApp})).To(Succeed())
			Expect(d.Mock.WaitForStatus(ctx, message.ID, "delivered")).To(Succeed())
			expectDegraded(ctx, d, accountPart)
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(d.Numbers.Next())), ended(), attempts(client.SMS))
		})

		It("that Meta reports only later counts too", Label("FBK-12"), limit, func(ctx SpecContext) {
			d := deployment(ctx, probing(longProbe))
			phone := d.Numbers.Next()
			fault := client.Fault{Kind: client.Failed, Number: phone, Code: 131042}
			Expect(d.Mock.Plant(ctx, fault)).To(Succeed())
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
			expectDegraded(ctx, d, accountPart)
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(d.Numbers.Next())), ended(), attempts(client.SMS))
		})

		It("does not go by SMS where only WhatsApp is allowed", Label("FBK-12", "FBK-10"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) {
				probing(longProbe)(c)
				c.Set("fallback.mode", "whatsapp_only")
			})
			phone := d.Numbers.Next()
			Expect(d.Mock.FailNextSend(ctx, phone, tokenExpired)).To(Succeed())
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), state("failed"))
			expectDegraded(ctx, d, accountPart)
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(d.Numbers.Next())), state("read"), attempts(client.WhatsApp))
		})
	})

	Describe("a template that Meta pauses in one language", func() {
		It("is left out until Meta takes it back", Label("FBK-15"), limit, func(ctx SpecContext) {
			d := deployment(ctx, probing(longProbe))
			inGerman := func() client.Message {
				GinkgoHelper()
				phone := d.Numbers.Next()
				accepted(ctx, d.Courier, payload(loginMessage, phone, randomCode(6), map[string]any{"locale": "de"}))
				return arrived(ctx, d, phone, "", 1)
			}
			tell := func(event string) {
				GinkgoHelper()
				body := templateStatus("de", event)
				Expect(postStatus(ctx, d.Courier, body, sign(body, testkit.MockAppSecret)).Status).To(Equal(http.StatusOK))
			}
			Expect(inGerman().Language).To(Equal("de"))
			tell("PAUSED")
			expectDegraded(ctx, d, "de")
			Expect(inGerman()).To(And(HaveField("Channel", client.WhatsApp), HaveField("Language", Not(Equal("de")))))
			tell("APPROVED")
			expectHealthy(ctx, d, "de")
			Expect(inGerman().Language).To(Equal("de"))
		})

		It("is found by the refusal of a send, for everyone", Label("FBK-15"), limit, func(ctx SpecContext) {
			d := deployment(ctx, probing(longProbe))
			first, second := d.Numbers.Next(), d.Numbers.Next()
			Expect(d.Mock.FailNextSend(ctx, first, noSuchTranslation)).To(Succeed())
			german := map[string]any{"locale": "de"}
			expectDelivery(ctx, d, accepted(ctx, d.Courier, payload(loginMessage, first, randomCode(6), german)),
				state("read"), attempts(client.WhatsApp, client.WhatsApp))
			expectDegraded(ctx, d, "de")
			expectDelivery(ctx, d, accepted(ctx, d.Courier, payload(loginMessage, second, randomCode(6), german)),
				state("read"), attempts(client.WhatsApp))
			Expect(arrived(ctx, d, second, client.WhatsApp, 1).Language).NotTo(Equal("de"))
			expectReady(ctx, d)
		})
	})
}

// templateStatus is Meta's webhook about the template in one language, by the
// reference of message_template_status_update.
func templateStatus(language, event string) string {
	GinkgoHelper()
	return accountBody("message_template_status_update", map[string]any{
		"event": event, "message_template_id": 1689556908129832,
		"message_template_name": testkit.MockTemplate, "message_template_language": language,
		"reason": "NONE", "message_template_category": "AUTHENTICATION",
	})
}

// expectDegraded waits until metrics and operator view say that a part is out
// of order.
func expectDegraded(ctx context.Context, d *testkit.System, part string) {
	GinkgoHelper()
	Eventually(d.Courier.Operator().Degraded).WithContext(ctx).Should(
		ContainElement(And(HaveField("Part", part), HaveField("Reason", Not(BeEmpty())), HaveField("Since", Not(BeZero())))),
		"what operators see as degraded")
	Expect(degradedMetric(ctx, d, part)).To(Equal(1.0), "the metric")
}

func expectHealthy(ctx context.Context, d *testkit.System, part string) {
	GinkgoHelper()
	Eventually(d.Courier.Operator().Degraded).WithContext(ctx).ShouldNot(
		ContainElement(HaveField("Part", part)), "what operators see as degraded")
	Expect(degradedMetric(ctx, d, part)).To(BeZero(), "the metric")
}

func degradedMetric(ctx context.Context, d *testkit.System, part string) float64 {
	GinkgoHelper()
	return must(d.Courier.Metric(ctx, "whatsapp_courier_degraded", `part="`+part+`"`))
}

// expectReady expects that the service counts as ready: without it the SMS way
// would be gone too.
func expectReady(ctx context.Context, d *testkit.System) {
	GinkgoHelper()
	Expect(must(testkit.Do(ctx, http.MethodGet, d.Courier.PrivateURL+"/health/ready", ""))).
		To(HaveField("Status", http.StatusOK), "readiness")
}
