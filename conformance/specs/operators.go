package specs

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// askOperators reads the operator API as an operator does.
func askOperators(ctx context.Context, c *testkit.Courier, path string, into any) int {
	GinkgoHelper()
	answer := must(testkit.Do(ctx, http.MethodGet, c.PrivateURL+path, "", "X-API-Key", c.AdminKey))
	if answer.Status == http.StatusOK {
		Expect(json.Unmarshal([]byte(answer.Body), into)).To(Succeed(), answer.Body)
	}
	return answer.Status
}

func (s *suite) operators() {
	type page struct {
		Deliveries []testkit.Delivery `json:"deliveries"`
		Next       string             `json:"next"`
	}
	idsOf := func(p page) []string {
		ids := []string{}
		for _, d := range p.Deliveries {
			ids = append(ids, d.ID)
		}
		return ids
	}

	Describe("operators", func() {
		It("list deliveries, newest first, by page and by state", Label("OPS-2"), limit, func(ctx SpecContext) {
			const deliveries, onPage = perNumber + 3, 2
			d := s.deploy(ctx, nil)
			flooded := d.Numbers.Next()
			ids := []string{}
			for range perNumber + 1 { // The last one is too much.
				ids = append([]string{d.post(ctx, login6(flooded))}, ids...)
			}
			for range deliveries - len(ids) {
				ids = append([]string{d.post(ctx, login6(d.Numbers.Next()))}, ids...)
			}
			for _, id := range ids {
				d.expectDelivery(ctx, id, ended())
			}

			var all []string
			for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
				var got page
				Expect(askOperators(ctx, d.Courier, "/admin/deliveries?limit=2&cursor="+cursor, &got)).To(Equal(http.StatusOK))
				Expect(len(got.Deliveries)).To(And(BeNumerically(">", 0), BeNumerically("<=", onPage)))
				all, cursor = append(all, idsOf(got)...), got.Next
			}
			Expect(all).To(Equal(ids))

			var got page
			Expect(askOperators(ctx, d.Courier, "/admin/deliveries?state=suppressed", &got)).To(Equal(http.StatusOK))
			Expect(got.Deliveries).To(ConsistOf(And(HaveField("ID", ids[deliveries-perNumber-1]), HaveField("Reason", "number_limit"))))
			Expect(got.Next).To(BeEmpty())
			for _, query := range []string{"state=lost", "limit=0", "limit=many", "cursor=none"} {
				Expect(askOperators(ctx, d.Courier, "/admin/deliveries?"+query, nil)).To(Equal(http.StatusBadRequest), query)
			}
			Expect(askOperators(ctx, d.Courier, "/admin/deliveries/0192aaaa-0000-7000-8000-000000000000", nil)).To(Equal(http.StatusNotFound))
			Expect(d.metric(ctx, "messages_received_total", `outcome="suppressed"`, `reason="number_limit"`)).
				To(Equal(1.0))
		})

		It("see the time of every step, in order", Label("OPS-2"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.switchOff(ctx, phone)
			before := time.Now()
			id := s.post(ctx, login6(phone))
			seen := s.expectDelivery(ctx, id, ended(), attempts(client.WhatsApp, client.SMS))
			whatsApp, sms := seen.Attempts[0], seen.Attempts[1]
			timeline := []time.Time{
				before, seen.AcceptedAt, whatsApp.StartedAt, whatsApp.AcceptedAt, sms.StartedAt, sms.AcceptedAt, seen.EndedAt, time.Now(),
			}
			for i := 1; i < len(timeline); i++ {
				// The database keeps microseconds.
				Expect(timeline[i]).To(BeTemporally(">=", timeline[i-1].Truncate(time.Microsecond)), "step %d", i)
			}
			Expect(whatsApp).To(And(state("sent"), HaveField("Provider", "meta"), HaveField("SentAt", Not(BeZero())), HaveField("DeliveredAt", BeZero())))
			Expect(sms.Provider).To(Equal("twilio"))
			Expect(seen.ExpiresAt).To(BeTemporally(">", seen.AcceptedAt))
		})

		It("see when an old secret is no longer needed", Label("OPS-2"), limit, func(ctx SpecContext) {
			var config testkit.Config
			before, after := testkit.Secret(), testkit.Secret()
			d := s.deploy(ctx, func(c testkit.Config) {
				config = c
				c.Set("secrets.cipher", []string{before})
			})
			const deliveries = 2
			// They are counted at the start and then from time to time.
			expectOldKeys := func(count int) {
				GinkgoHelper()
				Eventually(func() *int {
					var status struct {
						OldKeys *int `json:"deliveries_under_old_keys"`
					}
					Expect(askOperators(ctx, d.Courier, "/admin/status", &status)).To(Equal(http.StatusOK))
					return status.OldKeys
				}).WithContext(ctx).Should(HaveValue(Equal(count)))
			}
			restart := func() {
				GinkgoHelper()
				d.stopAndRestart(ctx)
			}
			expectOldKeys(0)
			for range deliveries {
				d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), ended())
			}
			config.Set("secrets.cipher", []string{after, before})
			restart()
			expectOldKeys(deliveries)
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), ended())
			restart()
			expectOldKeys(deliveries) // What is new is sealed under the first secret.
		})

		It("see when a message was accepted, delivered and read", Label("OPS-2"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			askForCode(ctx, person, nil)
			message := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			s.expectReport(ctx, message.ID, "read")
			seen := s.expectDeliveryTo(ctx, person.Phone, 1, state("read"), attempts(client.WhatsApp))
			Expect(seen.TemplateType).To(Equal("login_code_valid"))
			attempt := seen.Attempts[0]
			Expect(attempt.AcceptedAt).To(BeTemporally(">=", attempt.StartedAt), "acceptance after the start")
			Expect(attempt.DeliveredAt).NotTo(BeZero(), "time of the delivery")
			Expect(attempt.ReadAt).NotTo(BeZero(), "time of the reading")
		})
	})

	Describe("the security event", func() {
		It("'I didn't request a code' cancels the delivery and is shown to operators", Label("OPS-2"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			s.expectDelivery(ctx, id, state("sent"))
			before := s.metric(ctx, "security_events_total", `alert="not_requested"`)
			Expect(s.Mock.Raise(ctx, client.Event{Kind: client.DidNotRequestCode, MessageID: message.ID})).To(Succeed())
			s.expectDelivery(ctx, id, HaveField("Alert", "not_requested"), state("cancelled"))
			s.expectOnly(ctx, message.To, client.SMS, 0)
			Expect(s.metric(ctx, "security_events_total", `alert="not_requested"`)).To(BeNumerically(">", before))
		})

		It("'identity changed' stops the code on every channel", Label("OPS-2", "RTY-5"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.failNextSend(ctx, phone, identityChanged)
			id := s.post(ctx, login6(phone))
			s.expectDelivery(ctx, id, HaveField("Alert", "identity_changed"), state("failed"), attempts(client.WhatsApp))
			s.expectOnly(ctx, phone, "", 0)
		})
	})
}
