package specs

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) breaker() {
	// bySMSOnly expects that a person's code goes by SMS, and Meta is not asked.
	bySMSOnly := func(ctx context.Context, d deployment) {
		GinkgoHelper()
		phone := d.Numbers.Next()
		d.post(ctx, login6(phone))
		d.expectMessage(ctx, phone, client.SMS, 1)
		Expect(tries(ctx, d.Mock, phone)).To(BeEmpty(), "requests to Meta")
	}
	// byWhatsApp expects that a person's code goes by WhatsApp.
	byWhatsApp := func(ctx context.Context, d deployment) {
		GinkgoHelper()
		phone := d.Numbers.Next()
		id := d.post(ctx, login6(phone))
		d.expectMessage(ctx, phone, client.WhatsApp, 1)
		d.operatorView().see(ctx, id, state("read"), attempts(client.WhatsApp))
		d.expectCount(ctx, phone, client.SMS, 0)
	}
	// breakAccount refuses one person's message with an error of the account.
	breakAccount := func(ctx context.Context, d deployment, code int) {
		GinkgoHelper()
		phone := d.Numbers.Next()
		d.failNextSend(ctx, phone, code)
		id := d.post(ctx, login6(phone))
		d.expectMessage(ctx, phone, client.SMS, 1)
		d.operatorView().see(ctx, id, ended(), attempts(client.WhatsApp, client.SMS))
	}

	Describe("an account fault", func() {
		DescribeTable("moves everyone to SMS and is shown as degraded until a message gets through:", Label("FBK-12"),
			func(ctx SpecContext, code int) {
				needs(viaOne)
				d := s.deployWith(ctx, target.Settings{ProbeEvery: everySoOften.String()})
				breakAccount(ctx, d, code)
				broken := time.Now()
				bySMSOnly(ctx, d)
				d.operatorView().seeDegraded(ctx, accountPart)
				d.expectReady(ctx)

				waitUntil(ctx, broken.Add(untilProbe(d)))
				byWhatsApp(ctx, d)
				d.operatorView().seeHealthy(ctx, accountPart)
				byWhatsApp(ctx, d)
			},
			Entry("an expired token", limit, tokenExpired),
			Entry("no payment method", limit, noPayment),
			Entry("a locked account", limit, accountLocked),
		)

		It("lets one message at a time probe WhatsApp while it lasts", Label("FBK-12"), limit, func(ctx SpecContext) {
			needs(viaOne)
			d := s.deploy(ctx, probing(probe))
			breakAccount(ctx, d, tokenExpired)
			broken := time.Now()
			// Nothing is heard of the one that tries until the others are through.
			trying := d.Numbers.Next()
			d.plant(ctx,
				client.Fault{Kind: client.LateAnswer, Number: trying, Delay: client.Duration(probe)},
				client.Fault{Kind: client.Silent, Number: trying},
			)
			waitUntil(ctx, broken.Add(probe))
			id := d.post(ctx, login6(trying))
			d.expectMessage(ctx, trying, client.WhatsApp, 1)
			for _, id := range d.postMany(ctx, 5) {
				d.expectDelivery(ctx, id, ended(), attempts(client.SMS))
			}
			d.expectDegraded(ctx, accountPart)
			d.expectDelivery(ctx, id, HaveField("Attempts", ContainElement(HaveField("AcceptedAt", Not(BeZero())))))
			d.expectHealthy(ctx, accountPart)
		})

		It("does not end when an earlier message arrives", Label("FBK-12"), limit, func(ctx SpecContext) {
			needs(viaOne)
			d := s.deploy(ctx, probing(longProbe))
			earlier := d.Numbers.Next()
			d.switchOff(ctx, earlier)
			d.post(ctx, login6(earlier))
			message := d.expectMessage(ctx, earlier, client.WhatsApp, 1)
			d.expectReport(ctx, message.ID, "sent")

			breakAccount(ctx, d, tokenExpired)
			d.setPhone(ctx, earlier, client.OnWhatsApp)
			d.expectReport(ctx, message.ID, "delivered")
			d.expectDegraded(ctx, accountPart)
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), ended(), attempts(client.SMS))
		})

		It("counts too when Meta reports it after the send", Label("FBK-12"), limit, func(ctx SpecContext) {
			needs(viaOne)
			d := s.deploy(ctx, probing(longProbe))
			phone := d.Numbers.Next()
			d.plant(ctx, client.Fault{Kind: client.Failed, Number: phone, Code: noPayment})
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
			d.expectDegraded(ctx, accountPart)
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), ended(), attempts(client.SMS))
		})

		It("causes no SMS where only WhatsApp is allowed", Label("FBK-12", "FBK-10"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) {
				probing(longProbe)(c)
				c.Set("fallback.mode", "whatsapp_only")
			})
			phone := d.Numbers.Next()
			d.failNextSend(ctx, phone, tokenExpired)
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("failed"))
			d.expectDegraded(ctx, accountPart)
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), state("read"), attempts(client.WhatsApp))
		})

		It("moves other people to SMS at once, and back after the next probe", Label("FBK-12"), limit, func(ctx SpecContext) {
			needs(viaOne)
			d := s.deployWith(ctx, target.Settings{ProbeEvery: everySoOften.String()})
			d.failNextSend(ctx, "", tokenExpired)
			first := d.Numbers.Next()
			d.post(ctx, login6(first))
			d.expectMessage(ctx, first, client.SMS, 1)
			opened := time.Now()
			bySMSOnly(ctx, d)
			d.expectReady(ctx)

			waitUntil(ctx, opened.Add(untilProbe(d)))
			byWhatsApp(ctx, d)
		})
	})
}
