package specs

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) messages() {
	Describe("a message of Kratos", func() {
		DescribeTable("is delivered:", Label("MSG-3"),
			func(ctx SpecContext, name string) {
				phone, code := s.Numbers.Next(), randomCode(6)
				s.expectAccepted(ctx, payload(name, phone, code, nil))
				Expect(s.expectMessage(ctx, phone, client.WhatsApp, 1).Code).To(Equal(code))
			},
			Entry("login, v1.3.1", limit, "v1.3.1/login_code_valid"),
			Entry("login, v26.2.0", limit, "v26.2.0/login_code_valid"),
			Entry("verification, v1.3.1", limit, "v1.3.1/settings_phone_change_verification"),
			Entry("verification, v26.2.0", limit, "v26.2.0/settings_phone_change_verification"),
			Entry("registration, v26.2.0", limit, "v26.2.0/registration_code_valid"),
			Entry("recovery, v26.2.0", limit, "v26.2.0/recovery_code_valid"),
		)

		DescribeTable("carries any code that WhatsApp takes, and goes by SMS otherwise:", Label("MSG-4"),
			func(ctx SpecContext, code, channel string) {
				phone := s.Numbers.Next()
				s.expectAccepted(ctx, payload(loginMessage, phone, code, nil))
				message := s.expectMessage(ctx, phone, channel, 1)
				Expect(string(message.Request)).To(ContainSubstring(code))
			},
			Entry("leading zeros", limit, "000042", client.WhatsApp),
			Entry("15 digits", limit, "314159265358979", client.WhatsApp),
			Entry("letters", limit, "AB7-KX9", client.WhatsApp),
			Entry("16 digits", limit, "3141592653589793", client.SMS),
		)

		It("that Kratos posts repeatedly is sent once", Label("RTY-6"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			body := login6(phone)
			const times = 18 // As often as v1.3.1 posts a message at most.
			ids := s.postAtOnce(ctx, slices.Repeat([]string{body}, times))
			Expect(ids).To(HaveEach(ids[0]), "a repeat is answered with the id of the first")
			given("the code arrives", func() { s.expectMessage(ctx, phone, client.WhatsApp, 1) })
			s.operatorView().see(ctx, ids[0], state("read"))
			Expect(s.post(ctx, body)).To(Equal(ids[0]), "also after the end of the delivery")
			s.operatorView().seeTo(ctx, phone, 1)
			s.expectOnly(ctx, phone, "", 1)
		})
	})

	Describe("a code in another alphabet", func() {
		DescribeTable("arrives unchanged:", Label("MSG-4"),
			func(ctx SpecContext, code string) {
				phone := s.Numbers.Next()
				s.expectAccepted(ctx, payload(loginMessage, phone, code, nil))
				Expect(s.expectMessage(ctx, phone, client.WhatsApp, 1).Code).To(Equal(code))
			},
			Entry("Cyrillic, fifteen letters", limit, "ЖЗИЙКЛМНОПРСТУФ"),
			Entry("Arabic digits", limit, "٣١٤١٥٩"),
			Entry("Chinese", limit, "壹贰叁肆"),
			Entry("one character", limit, "7"),
		)

		It("goes by SMS when it has sixteen letters", Label("MSG-4"), limit, func(ctx SpecContext) {
			const code = "ЖЗИЙКЛМНОПРСТУФХ"
			phone := s.Numbers.Next()
			s.expectAccepted(ctx, payload(loginMessage, phone, code, nil))
			Expect(s.expectMessage(ctx, phone, client.SMS, 1).Text).To(ContainSubstring(code))
			Expect(tries(ctx, s.Mock, phone)).To(BeEmpty(), "Meta was not asked")
			s.expectOnly(ctx, phone, client.WhatsApp, 0)
		})
	})
}
