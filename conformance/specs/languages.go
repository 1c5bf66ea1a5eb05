package specs

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) languages() {
	// languageOf posts a message of Kratos v26 and returns the language in which
	// it arrives.
	languageOf := func(ctx context.Context, locale string, header any) string {
		GinkgoHelper()
		phone := s.Numbers.Next()
		body := payload("v26.2.0/login_code_valid", phone, randomCode(6), nil)
		s.post(ctx, edit(body, func(top, data map[string]any) {
			top["request_headers"] = header
			identity := map[string]any{"id": phone, "traits": map[string]any{"phone": phone}}
			if locale != "" {
				identity["traits"] = map[string]any{"phone": phone, "locale": locale}
			}
			data["identity"] = identity
		}))
		return s.expectMessage(ctx, phone, client.WhatsApp, 1).Language
	}
	accepts := func(language ...string) map[string]any { return map[string]any{"Accept-Language": language} }

	Describe("the browser's language", func() {
		DescribeTable("decides, unless the person has set one:", Label("MSG-2"),
			func(ctx SpecContext, locale string, header any, language string) {
				Expect(languageOf(ctx, locale, header)).To(Equal(language))
			},
			Entry("the first with a template", limit, "", accepts("is, pt-BR;q=0.9, de;q=0.5"), "pt_BR"),
			Entry("the highest weight, not the first place", limit, "", accepts("de;q=0.3, es;q=0.8"), "es"),
			Entry("the person has set one", limit, "fr", accepts("de"), "fr"),
			Entry("none with a template", limit, "", accepts("is"), "en_US"),
			Entry("a related language, which the person may not read", limit, "", accepts("ca"), "en_US"),
			Entry("an invalid header", limit, "", accepts("%%%;q=x"), "en_US"),
			Entry("a header that is not a list", limit, "", map[string]any{"Accept-Language": "de"}, "en_US"),
			Entry("no headers, as from Kratos v1.3.1", limit, "", nil, "en_US"),
		)

		It("reaches the courier when Kratos passes it on", Label("MSG-2"), limit, func(ctx SpecContext) {
			through := s.throughTap(ctx)
			person := through.newPerson(ctx)
			login := must(person.Login(ctx))
			request := string(must(json.Marshal(map[string]any{"method": "code", "identifier": person.Phone})))
			answer := must(testkit.Do(ctx, http.MethodPost, through.kratos.PublicURL+"/self-service/login?flow="+login.FlowID, request,
				"Accept-Language", "pt-BR,pt;q=0.9", "Content-Type", "application/json", "Accept", "application/json"))
			Expect(answer.Status).To(Equal(http.StatusBadRequest), "Kratos' way to say that a code was sent: %s", answer.Body)
			language := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Language

			var message struct {
				Headers json.RawMessage `json:"request_headers"`
			}
			Expect(json.Unmarshal([]byte(through.givenMessage(ctx, person.Phone).Body), &message)).To(Succeed())
			if !strings.Contains(string(message.Headers), "pt-BR") {
				Expect(language).To(Equal("en_US"))
				Skip(NotApplicable + "this Kratos does not pass the browser's headers on; from v26 on it does")
			}
			Expect(language).To(Equal("pt_BR"))
		})
	})

	Describe("the language of the message", func() {
		DescribeTable("is chosen", Label("MSG-2"),
			func(ctx SpecContext, traits, transient map[string]any, language string) {
				person := s.newPerson(ctx, traits)
				askForCode(ctx, person, transient)
				Expect(s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Language).To(Equal(language))
			},
			Entry("by the person's locale", limit, map[string]any{"locale": "pt-BR"}, nil, "pt_BR"),
			Entry("as the nearest one with a template", limit, map[string]any{"locale": "de-AT"}, nil, "de"),
			Entry("by the sign-in page before the person's locale", limit, map[string]any{"locale": "pt-BR"}, map[string]any{"locale": "hi"}, "hi"),
			Entry("as the default for a language without a template", limit, map[string]any{"locale": "is"}, nil, "en_US"),
			Entry("as the default when none is given", limit, nil, nil, "en_US"),
		)
	})
}
