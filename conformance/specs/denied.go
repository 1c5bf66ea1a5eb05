package specs

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) denied() {
	Describe("a number that wants no messages", func() {
		It("gets none on any channel until operators take it back", Label("RATE-4", "OPS-2"), limit, func(ctx SpecContext) {
			d := deployment(ctx, nil)
			phone, neighbour, operator := d.Numbers.Next(), d.Numbers.Next(), d.Courier.Operator()
			Expect(operator.Deny(ctx, phone)).To(Succeed())
			for _, transient := range []map[string]any{nil, bySMS()} {
				id := accepted(ctx, d.Courier, payload(loginMessage, phone, randomCode(6), transient))
				expectDelivery(ctx, d, id, state("suppressed"), HaveField("Reason", Not(BeEmpty())))
			}
			accepted(ctx, d.Courier, login6(neighbour))
			arrived(ctx, d, neighbour, client.WhatsApp, 1)

			Expect(d.Courier.Kill()).To(Succeed())
			Expect(d.Courier.Restart(ctx)).To(Succeed())
			operator = d.Courier.Operator()
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), state("suppressed"))
			expectCount(ctx, d, phone, "", 0)

			Expect(operator.Allow(ctx, phone)).To(Succeed())
			accepted(ctx, d.Courier, login6(phone))
			arrived(ctx, d, phone, client.WhatsApp, 1)
		})

		It("is denied by operators only, and as a phone number", Label("SEC-3", "SEC-6"), limit, func(ctx SpecContext) {
			d := deployment(ctx, nil)
			phone := d.Numbers.Next()
			ask := func(key, body string) int {
				GinkgoHelper()
				return must(testkit.Do(ctx, http.MethodPut, d.Courier.PrivateURL+"/admin/denied-numbers", body,
					"X-API-Key", key, "Content-Type", "application/json")).Status
			}
			Expect(ask(d.Courier.KratosKey, `{"phone":"`+phone+`"}`)).To(Equal(http.StatusUnauthorized))
			for _, body := range []string{"", "[]", `{}`, `{"phone":"nobody"}`, `{"phone":15}`} {
				Expect(ask(d.Courier.AdminKey, body)).To(Equal(http.StatusBadRequest), body)
			}
			accepted(ctx, d.Courier, login6(phone))
			arrived(ctx, d, phone, client.WhatsApp, 1)
		})
	})
}
