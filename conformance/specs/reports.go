package specs

import (
	"context"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) reports() {
	Describe("a report from Meta", func() {
		It("about another sending number is ignored", Label("WHK-4"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			others := strings.Replace(oneReport(message, "delivered"), testkit.MockPhoneNumberID, "999999999999999", 1)
			s.report(ctx, others)
			s.operatorView().see(ctx, id, state("sent"))
			ours := oneReport(message, "delivered")
			s.report(ctx, ours)
			s.operatorView().see(ctx, id, state("delivered"))
			s.expectOnly(ctx, message.To, client.SMS, 0)
		})

		It("finds its message without our callback data", Label("WHK-4"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			status := reportOf(message, "delivered")
			delete(status, "biz_opaque_callback_data")
			body := reportBody([]map[string]any{status}, nil)
			s.report(ctx, body)
			s.operatorView().see(ctx, id, state("delivered"))
			s.expectOnly(ctx, message.To, client.SMS, 0)
		})

		It("is never refused at four times the rate of sends", Label("WHK-7"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			const messages, reports = 200, 4 // Sent twice, delivered, read.
			d := s.deployWithFlags(ctx, []string{"--throughput=-1"}, func(c testkit.Config) {
				c.Set("whatsapp.rate", 1000)
				// How long the reports take on a busy machine is not the question.
				c.Set("fallback.after", "20s")
				c.Set("fallback.overall", "20s")
			})
			_, err := d.Mock.SetChaos(ctx, client.Chaos{Seed: 1, Faults: []client.Fault{{Kind: client.Duplicate, On: "sent", Rate: 1}}})
			Expect(err).NotTo(HaveOccurred())
			ids := d.postMany(ctx, messages)
			for _, id := range ids {
				d.expectDelivery(ctx, id, state("read"), attempts(client.WhatsApp))
			}
			// Operators see a report as soon as it is stored, and Meta its answer a moment later.
			Eventually(answers).WithContext(ctx).WithArguments(d).Should(And(HaveLen(messages*reports), HaveEach(http.StatusOK)), "the answers to all reports")
			d.expectCount(ctx, "", client.SMS, 0)
		})

		It("with unknown ids, fields or statuses does no harm", Label("WHK-4"), limit, func(ctx SpecContext) {
			bystander := s.bystander(ctx)
			id, message := s.sendOnly(ctx)
			unknown := reportOf(message, "delivered")
			unknown["id"], unknown["biz_opaque_callback_data"] = "wamid.bm90IG91cnM=", "another sender's"
			s.report(ctx, reportBody([]map[string]any{unknown}, nil))
			s.report(ctx, reportBody([]map[string]any{reportOf(message, "warning")}, nil))
			s.report(ctx, reportBody(nil, map[string]any{"messages": []any{map[string]any{
				"from": message.To[1:], "id": "wamid.aW5ib3VuZA==", "type": "text",
				"timestamp": "1794500003", "text": map[string]any{"body": "hello"},
			}}}))
			s.report(ctx, `{"object":"whatsapp_business_account","entry":[{"id":"1","time":1794500003,
				"changes":[{"field":"account_alerts","value":{"entity_type":"BUSINESS"}}]}]}`)
			s.report(ctx, `{"object":"page","entry":[]}`)
			s.operatorView().see(ctx, id, state("sent"))
			if s.Courier.Claims("fallback") {
				s.givenMessage(ctx, bystander, client.SMS)
				s.expectMessage(ctx, message.To, client.SMS, 1)
			}
		})

		It("that is repeated, late or reordered never moves a state back", Label("WHK-8", "FBK-7"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			for _, status := range []string{"read", "delivered", "sent", "failed", "read", "sent"} {
				s.report(ctx, oneReport(message, status))
				s.operatorView().see(ctx, id, state("read"), HaveField("Attempts", ConsistOf(state("read"))))
			}
			s.expectOnly(ctx, message.To, client.SMS, 0)
		})

		It("is on disk when it is answered", Label("WHK-6"), limit, func(ctx SpecContext) {
			d := s.deployLasting(ctx, nil)
			id, message := d.sendOnly(ctx)
			body := oneReport(message, "delivered")
			d.report(ctx, body)
			d.killAndRestart(ctx)
			d.operatorView().see(ctx, id, state("delivered"))
			d.expectOnly(ctx, message.To, client.SMS, 0)
		})
	})
}

// answers are those to all reports of Meta so far.
func answers(ctx context.Context, d deployment) (statuses []int) {
	GinkgoHelper()
	for _, m := range must(d.Mock.Messages(ctx, client.Filter{})) {
		for _, try := range m.Webhooks {
			statuses = append(statuses, try.Answer)
		}
	}
	return statuses
}
