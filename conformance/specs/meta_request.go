package specs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// longestCallbackData is what Meta takes, in characters.
const longestCallbackData = 512

func (s *suite) metaRequest() {
	Describe("the request to Meta", func() {
		DescribeTable("has the documented fields and no others:", Label("MSG-1"),
			func(ctx SpecContext, code, locale, language string) {
				if !s.Courier.Claims("languages") {
					language = "en_US"
				}
				phone := s.Numbers.Next()
				s.post(ctx, payload(loginMessage, phone, code, map[string]any{"locale": locale}))
				message := s.expectMessage(ctx, phone, client.WhatsApp, 1)

				var sent map[string]any
				Expect(json.Unmarshal(message.Request, &sent)).To(Succeed())
				callback, _ := sent["biz_opaque_callback_data"].(string)
				Expect(len(callback)).To(BeNumerically("<=", longestCallbackData))
				Expect(callback).NotTo(Or(ContainSubstring(code), ContainSubstring(phone[1:])))
				// Both are optional.
				delete(sent, "biz_opaque_callback_data")
				if sent["recipient_type"] == "individual" {
					delete(sent, "recipient_type")
				}
				Expect(string(must(json.Marshal(sent)))).To(MatchJSON(fmt.Sprintf(`{
					"messaging_product": "whatsapp", "to": %q, "type": "template",
					"template": {"name": %q, "language": {"code": %q}, "components": [
						{"type": "body", "parameters": [{"type": "text", "text": %[4]q}]},
						{"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": %[4]q}]}
					]}
				}`, phone, s.Courier.Template(), language, code)))
			},
			Entry("a code of six digits", limit, "314159", "en", "en_US"),
			Entry("a code with leading zeros", limit, "000042", "pt-BR", "pt_BR"),
			Entry("a code with letters", limit, "AB7-KX9", "de", "de"),
		)

		It("goes to the sending number under the configured API version", Label("MSG-1"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("whatsapp.api_version", "v24.0") })
			phone := d.Numbers.Next()
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.WhatsApp, 1)
			var paths []string
			for _, call := range must(d.Mock.Calls(ctx)) {
				if strings.HasSuffix(call.Path, "/messages") {
					Expect(call.Method).To(Equal(http.MethodPost))
					paths = append(paths, call.Path)
				}
			}
			Expect(paths).To(ConsistOf("/v24.0/" + testkit.MockPhoneNumberID + "/messages"))
		})

		It("carries Kratos' code in the template's body and button", Label("MSG-1"), limit, func(ctx SpecContext) {
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
			Expect(sent.Template.Name).To(Equal(s.Courier.Template()))
			Expect(sent.Template.Components).To(MatchJSON(fmt.Sprintf(`[
				{"type": "body", "parameters": [{"type": "text", "text": %[1]q}]},
				{"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": %[1]q}]}
			]`, message.Code)))
		})
	})
}
