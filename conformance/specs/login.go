package specs

import (
	"encoding/json"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) login() {
	Describe("login", func() {
		It("lets a person in with the code from WhatsApp", Label("EXP-1"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			message := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			s.expectLogin(ctx, person, login, message.Code)
			s.expectCount(ctx, person.Phone, client.WhatsApp, 1)
			s.expectCount(ctx, person.Phone, client.SMS, 0)
		})

		It("shows operators the way of the message", Label("OPS-2"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			askForCode(ctx, person, nil)
			message := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			s.expectReport(ctx, message.ID, "read")
			seen := s.expectDelivery(ctx, s.expectDeliveryTo(ctx, person.Phone, 1).ID,
				state("read"), attempts(client.WhatsApp))
			Expect(seen.TemplateType).To(Equal("login_code_valid"))
			attempt := seen.Attempts[0]
			Expect(attempt.AcceptedAt).To(BeTemporally(">=", attempt.StartedAt), "acceptance after the start")
			Expect(attempt.DeliveredAt).NotTo(BeZero(), "time of the delivery")
			Expect(attempt.ReadAt).NotTo(BeZero(), "time of the reading")
		})

		It("sends the template message as Meta documents it", Label("MSG-1"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			askForCode(ctx, person, nil)
			message := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			Expect(message.Code).To(MatchRegexp(`^[0-9]{6}$`))

			var sent struct {
				Product   string `json:"messaging_product"`
				Recipient string `json:"recipient_type"`
				To        string `json:"to"`
				Type      string `json:"type"`
				Template  struct {
					Name     string `json:"name"`
					Language struct {
						Code string `json:"code"`
					} `json:"language"`
					Components json.RawMessage `json:"components"`
				} `json:"template"`
			}
			Expect(json.Unmarshal(message.Request, &sent)).To(Succeed())
			Expect(sent.Product).To(Equal("whatsapp"))
			Expect(sent.Recipient).To(BeElementOf("", "individual"))
			Expect(sent.To).To(Equal(person.Phone), "with a plus: Meta would add the sender's country code")
			Expect(sent.Type).To(Equal("template"))
			Expect(sent.Template.Name).To(Equal(testkit.MockTemplate))
			Expect(sent.Template.Components).To(MatchJSON(fmt.Sprintf(`[
				{"type": "body", "parameters": [{"type": "text", "text": %[1]q}]},
				{"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": %[1]q}]}
			]`, message.Code)))
		})

		DescribeTable("chooses the template's language", Label("MSG-2"),
			func(ctx SpecContext, traits, transient map[string]any, language string) {
				person := s.newPerson(ctx, traits)
				askForCode(ctx, person, transient)
				Expect(s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Language).To(Equal(language))
			},
			Entry("by the person's locale", limit, map[string]any{"locale": "pt-BR"}, nil, "pt_BR"),
			Entry("by the nearest one that there is", limit, map[string]any{"locale": "de-AT"}, nil, "de"),
			Entry("by the sign-in page before the person's", limit, map[string]any{"locale": "pt-BR"}, map[string]any{"locale": "hi"}, "hi"),
			Entry("the default for a language without a template", limit, map[string]any{"locale": "is"}, nil, "en_US"),
			Entry("the default when nobody says", limit, nil, nil, "en_US"),
		)
	})
}
