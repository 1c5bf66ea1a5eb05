package specs

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) numbers() {
	Describe("a number with a different WhatsApp id", func() {
		DescribeTable("gets its code, and its reports are matched:", Label("MSG-5"),
			func(ctx SpecContext, phone, waID string) {
				d := s.deployLasting(ctx, nil)
				Expect(d.Mock.SetHandset(ctx, phone, client.Handset{State: client.OnWhatsApp, WaID: waID})).To(Succeed())
				code := randomCode(6)
				id := d.post(ctx, payload(loginMessage, phone, code, nil))
				message := d.expectMessage(ctx, phone, client.WhatsApp, 1)
				Expect(message.Code).To(Equal(code))
				Expect(string(message.Request)).To(ContainSubstring(`"to":"`+phone+`"`), "WhatsApp knows its own forms; ours is the person's")
				d.givenReport(ctx, message, "delivered")
				d.operatorView().see(ctx, id, state("read"), attempts(client.WhatsApp))
				d.expectOnly(ctx, phone, client.SMS, 0)
			},
			Entry("Brazil, where old ids have no 9", limit, "+5585988887777", "558588887777"),
			Entry("Mexico, where old ids have a 1", limit, "+525512345678", "5215512345678"),
			Entry("Argentina, where ids have a 9", limit, "+541123456789", "5491123456789"),
		)

		It("is matched by the message's id alone", Label("MSG-5"), limit, func(ctx SpecContext) {
			d := s.deployLasting(ctx, nil)
			const phone, waID = "+5585988887777", "558588887777"
			d.switchOff(ctx, phone)
			id := d.post(ctx, login6(phone))
			message := d.givenMessage(ctx, phone, client.WhatsApp)
			d.givenReport(ctx, message, "sent")
			status := reportOf(message, "delivered")
			status["recipient_id"] = waID
			delete(status, "biz_opaque_callback_data")
			body := reportBody([]map[string]any{status}, nil)
			d.report(ctx, body)
			d.operatorView().see(ctx, id, state("delivered"))
			d.expectOnly(ctx, phone, client.SMS, 0)
		})
	})

	Describe("a number as a person typed it", func() {
		It("gets its verification code", Label("MSG-6"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, nil)
			for typed, phone := range map[string]string{
				"+55 (11) 98888-7777": "+5511988887777",
				"+55 (85) 98888-7777": "+5585988887777", // Of which the WhatsApp id has no 9.
			} {
				code := randomCode(6)
				d.post(ctx, payload("v1.3.1/settings_phone_change_verification", typed, code, nil))
				Expect(d.expectMessage(ctx, phone, client.WhatsApp, 1).Code).To(Equal(code))
			}
		})
	})

	Describe("a number in every spelling that Kratos accepts", func() {
		It("gets its verification code", Label("MSG-6"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			d := s.deployWithKratos(ctx, nil)
			for _, c := range []struct{ what, typed, phone string }{
				{"spaces", "+1 303 555 0172", "+13035550172"},
				{"the zero for calls at home", "+49 (0)1512 3456789", "+4915123456789"},
				{"as in an address book", "tel:+1-303-555-0173", "+13035550173"},
				{"full-width plus", "\uff0b1 303 555 0174", "+13035550174"},
				{"full-width digits", "+\uff11 303 555 0175", "+13035550175"},
				{"an extension", "+1 (303) 555-0171 ext. 9", "+13035550171"},
				{"Mexico with the prefix of WhatsApp in brackets", "(+52) 1 55 1234 5670", "+525512345670"},
				{"Mexico with the prefix of calls at home", "+52 044 55 1234 5671", "+525512345671"},
				{"Argentina as at home", "+54 11 15 2345-6789", "+5491123456789"},
				{"Benin as before November 2024", "+229 97 12 34 56", "+2290197123456"},
				{"Nigeria as before", "+234 1 804 0123", "+2342018040123"},
				{"Nigeria as before, with the zero for calls at home", "+234 (0)1 804 0124", "+2342018040124"},
			} {
				By(c.what)
				person := d.newPerson(ctx, nil)
				login := askForCode(ctx, person, nil)
				result := must(login.Submit(ctx, d.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code))
				Expect(result.SessionToken).NotTo(BeEmpty())
				_, err := d.Kratos.Session(result.SessionToken).ChangePhone(ctx, map[string]any{"phone": c.typed})
				Expect(err).NotTo(HaveOccurred(), "Kratos accepts this spelling")
				Expect(d.expectMessage(ctx, c.phone, client.WhatsApp, 1).Code).NotTo(BeEmpty())
			}
		})
	})
}
