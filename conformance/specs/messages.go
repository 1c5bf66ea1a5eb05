package specs

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) messages() {
	Describe("a message of Kratos", func() {
		DescribeTable("is delivered", Label("MSG-3"),
			func(ctx SpecContext, name string) {
				phone, code := s.Numbers.Next(), randomCode(6)
				s.post(ctx, payload(name, phone, code, nil))
				Expect(s.expectMessage(ctx, phone, client.WhatsApp, 1).Code).To(Equal(code))
			},
			Entry("login, v1.3.1", limit, "v1.3.1/login_code_valid"),
			Entry("login, v26.2.0", limit, "v26.2.0/login_code_valid"),
			Entry("verification, v1.3.1", limit, "v1.3.1/settings_phone_change_verification"),
			Entry("verification, v26.2.0", limit, "v26.2.0/settings_phone_change_verification"),
			Entry("registration, v26.2.0", limit, "v26.2.0/registration_code_valid"),
			Entry("recovery, v26.2.0", limit, "v26.2.0/recovery_code_valid"),
		)

		DescribeTable("carries codes of any alphabet and length that WhatsApp takes", Label("MSG-4"),
			func(ctx SpecContext, code, channel string) {
				phone := s.Numbers.Next()
				s.post(ctx, payload(loginMessage, phone, code, nil))
				message := s.expectMessage(ctx, phone, channel, 1)
				Expect(string(message.Request)).To(ContainSubstring(code))
			},
			Entry("leading zeros", limit, "000042", client.WhatsApp),
			Entry("15 digits", limit, "314159265358979", client.WhatsApp),
			Entry("letters", limit, "AB7-KX9", client.WhatsApp),
			Entry("16 characters go by SMS", limit, "3141592653589793", client.SMS),
		)

		It("that Kratos posts again and again is sent once", Label("RTY-6"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			body := login6(phone)
			const times = 18 // As often as v1.3.1 posts a message at most.
			ids := s.postAtOnce(ctx, slices.Repeat([]string{body}, times))
			Expect(ids).To(HaveEach(ids[0]), "a repeat is answered with the id of the first")
			s.expectDelivery(ctx, ids[0], state("read"))
			Expect(s.post(ctx, body)).To(Equal(ids[0]), "also after the end of the delivery")
			s.expectDeliveryTo(ctx, phone, 1)
			s.expectCount(ctx, phone, "", 1)
		})

		DescribeTable("that cannot be delivered is answered like any other, and operators see why",
			Label("RTY-8"), func(ctx SpecContext, body func() string) {
				d := deploy(ctx, nil)
				id := d.post(ctx, body())
				d.expectDelivery(ctx, id, state("suppressed"), reason())
				Expect(must(d.Mock.Messages(ctx, client.Filter{}))).To(BeEmpty())
			},
			Entry("a type that we do not know", limit, func() string { return unknownType(s.Numbers.Next()) }),
			Entry("a recipient that is no phone number", limit, func() string {
				return payload(loginMessage, "somebody@example.org", randomCode(6), nil)
			}),
			Entry("no code", limit, func() string {
				return edit(login6(s.Numbers.Next()), func(_, data map[string]any) { delete(data, "login_code") })
			}),
			Entry("a number where the code should be", limit, func() string {
				return edit(login6(s.Numbers.Next()), func(_, data map[string]any) { data["login_code"] = 314159 })
			}),
		)
	})
}
