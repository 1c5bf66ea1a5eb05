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
			d := deploy(ctx, nil)
			phone, neighbour, operator := d.Numbers.Next(), d.Numbers.Next(), d.Courier.Operator()
			Expect(operator.Deny(ctx, phone)).To(Succeed())
			for _, transient := range []map[string]any{nil, bySMS()} {
				id := d.post(ctx, payload(loginMessage, phone, randomCode(6), transient))
				d.expectDelivery(ctx, id, state("suppressed"), reason())
			}
			d.post(ctx, login6(neighbour))
			d.expectMessage(ctx, neighbour, client.WhatsApp, 1)

			d.crash(ctx)
			operator = d.Courier.Operator()
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("suppressed"))
			d.expectCount(ctx, phone, "", 0)

			Expect(operator.Allow(ctx, phone)).To(Succeed())
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.WhatsApp, 1)
		})

		It("is denied by operators only, and as a phone number", Label("SEC-3", "SEC-6"), limit, func(ctx SpecContext) {
			d := deploy(ctx, nil)
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
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.WhatsApp, 1)
		})
	})
}
