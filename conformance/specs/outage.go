package specs

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) outage() {
	// noticing makes the courier notice an outage after few messages.
	noticing := func(c testkit.Config) {
		c.Set("outage.unanswered", 3)
		c.Set("outage.of", 5)
		c.Set("outage.silent", 4)
		c.Set("whatsapp.timeout", "1s")
		c.Set("whatsapp.retries", 0)
	}
	// expectSMSAtOnce posts messages that go by SMS without a try on WhatsApp; one of
	// them may be the probe.
	expectSMSAtOnce := func(ctx SpecContext, d deployment) {
		GinkgoHelper()
		atOnce := 0
		for _, id := range d.postMany(ctx, 3) {
			if len(d.expectDelivery(ctx, id, wentBySMS()).Attempts) == 1 {
				atOnce++
			}
		}
		Expect(atOnce).To(BeNumerically(">=", 2), "deliveries by SMS alone")
	}
	everyone := func(f client.Fault) client.Chaos {
		f.Rate = 1
		return client.Chaos{Seed: 1, Faults: []client.Fault{f}}
	}

	Describe("an outage of Meta", func() {
		DescribeTable("moves everyone to SMS at once and ends by a probe: Meta", Label("FBK-16"),
			func(ctx SpecContext, fault client.Fault) {
				needs(viaOne)
				d := s.deploy(ctx, also(probing(probe), noticing))
				must(d.Mock.SetChaos(ctx, everyone(fault)))
				for _, id := range d.postMany(ctx, 3) {
					d.expectDelivery(ctx, id, wentBySMS(), attempts(client.WhatsApp, client.SMS))
				}
				d.expectDegraded(ctx, noAnswerPart)
				d.expectReady(ctx)
				expectSMSAtOnce(ctx, d)

				must(d.Mock.SetChaos(ctx, client.Chaos{Seed: 1}))
				waitUntil(ctx, time.Now().Add(probe))
				d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), state("read"), attempts(client.WhatsApp))
				d.expectHealthy(ctx, noAnswerPart)
			},
			Entry("does not answer", limit, client.Fault{Kind: client.Reset, Delay: client.Duration(5 * time.Second)}),
			Entry("cuts the connection", limit, client.Fault{Kind: client.Reset}),
			Entry("answers 503", limit, client.Fault{Kind: client.HTTPError, Status: http.StatusServiceUnavailable}),
		)

		It("is not concluded from refusals of single messages", Label("FBK-16"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, noticing)
			must(d.Mock.SetChaos(ctx, everyone(client.Fault{Kind: client.SendError, Code: notOnWhatsApp})))
			for _, id := range d.postMany(ctx, 6) {
				d.expectDelivery(ctx, id, wentBySMS(), attempts(client.WhatsApp, client.SMS))
			}
			d.expectHealthy(ctx, noAnswerPart)
		})

		It("that silences its reports moves everyone to SMS until one comes", Label("FBK-16"), limit, func(ctx SpecContext) {
			needs(viaOne)
			d := s.deploy(ctx, also(probing(probe), noticing))
			must(d.Mock.SetChaos(ctx, everyone(client.Fault{Kind: client.Silent})))
			// Half as many as outage.silent: this courier never had a report.
			for _, id := range d.postMany(ctx, 2) {
				d.expectDelivery(ctx, id, wentBySMS(), attempts(client.WhatsApp, client.SMS))
			}
			d.expectDegraded(ctx, webhooksPart)
			expectSMSAtOnce(ctx, d)

			must(d.Mock.SetChaos(ctx, client.Chaos{Seed: 1}))
			waitUntil(ctx, time.Now().Add(probe))
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), state("read"), attempts(client.WhatsApp))
			d.expectHealthy(ctx, webhooksPart)
		})
	})

	Describe("a connection to Meta that is dead without a word", func() {
		It("is given up, and the next message goes by a new one", Label("FBK-16"), limit, func(ctx SpecContext) {
			needs(viaOne)
			way := newNetwork()
			mock := calm()
			mock.TLS = true
			d := s.deploySystem(ctx, testkit.SystemOptions{
				Mock: mock, WithoutKratos: true,
				Courier: testkit.CourierOptions{MockAPI: "https://" + way.address},
			})
			way.leadTo(strings.TrimPrefix(d.Mock.APIURL, "https://"))
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), state("read"), attempts(client.WhatsApp))

			way.forget()
			lost := d.post(ctx, login6(d.Numbers.Next()))
			// Every second another person asks for a code.
			Eventually(func() int {
				d.post(ctx, login6(d.Numbers.Next()))
				return len(must(d.Mock.Messages(ctx, client.Filter{Channel: client.WhatsApp})))
			}).WithContext(ctx).WithTimeout(8*time.Second).WithPolling(time.Second).
				Should(BeNumerically(">", 1), "messages on WhatsApp, the one of before among them")
			d.expectDelivery(ctx, lost, wentBySMS(), attempts(client.WhatsApp, client.SMS))
		})
	})

	Describe("a WhatsApp that hangs", func() {
		It("holds up no SMS", Label("FBK-17"), limit, func(ctx SpecContext) {
			const enough = 300 // to take every place among the requests under way
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("outage.unanswered", 0)
				c.Set("whatsapp.rate", 1000)
				c.Set("fallback.overall", "25s")
				c.Set("fallback.after", "25s")
			})
			must(d.Mock.SetChaos(ctx, everyone(client.Fault{Kind: client.Reset, Delay: client.Duration(20 * time.Second)})))
			d.postMany(ctx, enough)
			phone, asked := d.Numbers.Next(), time.Now()
			d.post(ctx, login6With(phone, bySMS()))
			sms := d.expectMessage(ctx, phone, client.SMS, 1)
			Expect(sms.At).To(BeTemporally("<", asked.Add(10*time.Second)), "before WhatsApp has answered anybody")
		})
	})

	Describe("an outage of the SMS provider", func() {
		It("is shown and keeps no one from WhatsApp", Label("FBK-16"), limit, func(ctx SpecContext) {
			needs(viaOne)
			down := newProvider(http.StatusServiceUnavailable)
			d := s.deploy(ctx, also(noticing, func(c testkit.Config) {
				c.Set("sms.twilio.base_url", down.url)
				c.Set("sms.retries", 0)
			}))
			for range 3 {
				d.expectDelivery(ctx, d.post(ctx, login6With(d.Numbers.Next(), bySMS())), state("failed"), attempts(client.SMS))
			}
			d.expectDegraded(ctx, smsPart)
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), state("read"), attempts(client.WhatsApp))
		})
	})

	Describe("an SMS without an answer", func() {
		unanswered := func(ctx SpecContext, repeats int) (*provider, deployment, string) {
			silent := newProvider(hangUp)
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("sms.twilio.base_url", silent.url)
				c.Set("sms.repeat_unknown", repeats)
				c.Set("sms.timeout", "1s")
				c.Set("sms.receipt_wait", "1s")
			})
			return silent, d, d.post(ctx, login6With(d.Numbers.Next(), bySMS()))
		}

		It("is sent once more when no receipt comes", Label("RTY-9"), limit, func(ctx SpecContext) {
			silent, d, id := unanswered(ctx, 1)
			seen := d.expectDelivery(ctx, id, state("failed"), attempts(client.SMS, client.SMS))
			Expect(seen.Attempts[1].StartedAt.Sub(seen.Attempts[0].StartedAt)).To(BeNumerically(">=", time.Second), "the wait for a receipt")
			Expect(silent.requests()).To(Equal(2), "requests to the provider")
			Expect(d.metric(ctx, "sms_repeated_total")).To(Equal(1.0))
		})

		It("is not repeated where the configuration forbids it", Label("RTY-9"), limit, func(ctx SpecContext) {
			silent, d, id := unanswered(ctx, 0)
			d.expectDelivery(ctx, id, state("failed"), attempts(client.SMS))
			Expect(silent.requests()).To(Equal(1), "requests to the provider")
		})
	})

	Describe("every error code of Meta that the mock knows", func() {
		It("has a known meaning", Label("RTY-10"), limit, func(ctx SpecContext) {
			d := s.deployWithFlags(ctx, []string{"--throughput=-1"}, func(c testkit.Config) {
				c.Set("fallback.mode", "whatsapp_only")
				c.Set("whatsapp.retries", 0)
			})
			codes := must(d.Mock.Codes(ctx))
			Expect(len(codes)).To(BeNumerically(">", 40))
			for _, code := range codes {
				phone := d.Numbers.Next()
				d.failNextSend(ctx, phone, code)
				seen := d.expectDelivery(ctx, d.post(ctx, login6(phone)), HaveField("Attempts", ContainElement(state("failed"))))
				Expect(seen.Attempts[0].Reason).NotTo(Or(BeEmpty(), ContainSubstring("not in our table")), "the meaning of %d", code)
			}
		})
	})
}
