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

// threeMB is the largest body that Meta sends, by its documentation.
const threeMB = 3 << 20

func (s *suite) webhook() {
	Describe("the webhook's handshake", func() {
		It("echoes the challenge for the right token", Label("WHK-1"), limit, func(ctx SpecContext) {
			Expect(s.shakeHands(ctx, "subscribe", testkit.MockVerifyToken)).To(And(
				HaveField("Status", http.StatusOK), HaveField("Body", challenge)))
		})
		DescribeTable("refuses without an echo:", Label("WHK-1"),
			func(ctx SpecContext, mode, token string) {
				Expect(s.shakeHands(ctx, mode, token)).To(And(
					HaveField("Status", http.StatusForbidden), HaveField("Body", Not(ContainSubstring(challenge)))))
			},
			Entry("a wrong token", limit, "subscribe", "another token"),
			Entry("no token", limit, "subscribe", ""),
			Entry("another mode", limit, "unsubscribe", testkit.MockVerifyToken),
		)
	})

	Describe("a report that Meta did not sign", func() {
		DescribeTable("changes nothing:", Label("WHK-2"),
			func(ctx SpecContext, signature func(body string) string) {
				bystander := s.bystander(ctx)
				id, message := s.sendOnly(ctx)
				body := oneReport(message, "delivered")
				Expect(s.reportAs(ctx, body, signature(body)).Status).
					To(BeElementOf(http.StatusUnauthorized, http.StatusForbidden))
				s.operatorView().see(ctx, id, attempts(client.WhatsApp),
					state("sent"), HaveField("Attempts", ConsistOf(state("sent"))))
				// A forged "delivered" would have kept the SMS from the person.
				if s.Courier.Claims("fallback") {
					s.givenMessage(ctx, bystander, client.SMS)
					s.expectMessage(ctx, message.To, client.SMS, 1)
				}
			},
			Entry("no signature", limit, func(string) string { return "" }),
			Entry("the signature of another secret", limit, func(body string) string { return sign(body, "another secret") }),
			Entry("the signature of another body", limit, func(body string) string { return sign(body+" ", testkit.MockAppSecret) }),
			Entry("no algorithm in the signature", limit, func(body string) string {
				return strings.TrimPrefix(sign(body, testkit.MockAppSecret), "sha256=")
			}),
			Entry("a truncated signature", limit, func(body string) string { return sign(body, testkit.MockAppSecret)[:20] }),
			Entry("a signature that is not hexadecimal", limit, func(string) string { return "sha256=" + strings.Repeat("z", 64) }),
			Entry("the older algorithm", limit, func(body string) string {
				return strings.Replace(sign(body, testkit.MockAppSecret), "sha256=", "sha1=", 1)
			}),
		)
	})

	Describe("a signed report", func() {
		It("is verified over its raw bytes", Label("WHK-3"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			body := reportBody([]map[string]any{reportOf(message, "delivered")},
				map[string]any{"contacts": []any{map[string]any{"profile": map[string]any{"name": "PLACE"}}}})
			escaped := strings.Replace(body, "PLACE", `J\u00e4rvi \/ \ud83d\ude00`, 1)
			decoded := strings.Replace(body, "PLACE", "Järvi / 😀", 1)
			Expect(s.reportAs(ctx, escaped, sign(decoded, testkit.MockAppSecret)).Status).
				NotTo(Equal(http.StatusOK), "signed over other bytes with the same meaning")
			s.report(ctx, escaped)
			s.operatorView().see(ctx, id, state("delivered"))
			s.expectOnly(ctx, message.To, client.SMS, 0)
		})

		It("can be as large as Meta makes it, and no larger", Label("WHK-5"), limit, func(ctx SpecContext) {
			var id, largest string
			var message client.Message
			inTime := false
			for try := 0; try < 3 && !inTime; try++ { // A busy machine takes a while for so much.
				begun := time.Now()
				id, message = s.sendOnly(ctx)
				statuses := make([]map[string]any, 0, 1000)
				for range cap(statuses) - 1 {
					statuses = append(statuses, reportOf(message, "sent"))
				}
				body := reportBody(append(statuses, reportOf(message, "delivered")), nil)
				largest = body + strings.Repeat(" ", threeMB-len(body))
				s.report(ctx, largest)
				inTime = time.Since(begun) < untilSMS(s.deployment)
			}
			given("it is taken before an SMS is due", func() { Expect(inTime).To(BeTrueBecause("three were too late")) })
			s.operatorView().see(ctx, id, state("delivered"))
			s.expectOnly(ctx, message.To, client.SMS, 0)

			larger := largest + strings.Repeat(" ", 1<<20)
			Expect(s.reportAs(ctx, larger, sign(larger, testkit.MockAppSecret))).
				To(HaveField("Status", http.StatusRequestEntityTooLarge))
		})

		It("can use either app secret during a rotation", Label("WHK-2"), limit, func(ctx SpecContext) {
			const fresh = "the app secret that Meta will sign with"
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("whatsapp.app_secrets", []string{testkit.MockAppSecret, fresh})
			})
			for _, secret := range []string{testkit.MockAppSecret, fresh} {
				id, message := d.sendOnly(ctx)
				d.expectDelivery(ctx, id, state("sent"))
				body := oneReport(message, "delivered")
				Expect(d.reportAs(ctx, body, sign(body, secret)).Status).To(Equal(http.StatusOK))
				d.expectDelivery(ctx, id, state("delivered"))
			}
			_, message := d.sendOnly(ctx)
			body := oneReport(message, "delivered")
			Expect(d.reportAs(ctx, body, sign(body, "the secret before both")).Status).
				To(BeElementOf(http.StatusUnauthorized, http.StatusForbidden))
		})
	})
}
