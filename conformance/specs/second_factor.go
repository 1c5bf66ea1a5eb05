package specs

import (
	"encoding/base64"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/pquerna/otp/totp"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// wrongTOTP is Kratos' message for a code that the authenticator app did not make.
const wrongTOTP = 4000008

// phoneAndPassword is an identity schema in which the phone is the user name for
// a password too.
const phoneAndPassword = `{
	"$id": "https://example.org/phone-and-password.schema.json",
	"$schema": "http://json-schema.org/draft-07/schema#",
	"type": "object",
	"properties": {"traits": {"type": "object", "required": ["phone"], "properties": {"phone": {
		"type": "string", "format": "tel", "minLength": 3,
		"ory.sh/kratos": {
			"credentials": {"password": {"identifier": true}, "code": {"identifier": true, "via": "sms"}},
			"verification": {"via": "sms"}
		}
	}}}}
}`

func (s *suite) secondFactor() {
	expectStrength := func(ctx SpecContext, session *testkit.Session, level string, methods ...string) {
		GinkgoHelper()
		is, by, err := session.Strength(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(is).To(Equal(level))
		Expect(by).To(Equal(methods))
	}
	// app is the authenticator app on the person's phone.
	app := func(secret string) (string, error) { return totp.GenerateCode(secret, time.Now()) }

	Describe("the second factor", func() {
		It("can be an authenticator app after the code from WhatsApp", Label("SEC-5"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			logIn := func(nth int) *testkit.Session {
				GinkgoHelper()
				login := askForCode(ctx, person, nil)
				code := s.expectMessage(ctx, person.Phone, client.WhatsApp, nth).Code
				result := must(login.Submit(ctx, code))
				Expect(result.SessionToken).NotTo(BeEmpty(), "%+v", result)
				return s.Kratos.Session(result.SessionToken)
			}
			first := logIn(1)
			expectStrength(ctx, first, "aal1", "code")
			secret := must(first.EnrolTOTP(ctx, app))

			session := logIn(2)
			_, _, err := session.Strength(ctx)
			Expect(err).To(MatchError(ContainSubstring("session_aal2_required")), "the code alone is no longer enough")
			step := must(session.StepUp(ctx))
			code := must(app(secret))
			Expect(must(step.SubmitTOTP(ctx, other(code)))).To(HaveField("MessageIDs", ContainElement(int64(wrongTOTP))))
			Expect(must(step.SubmitTOTP(ctx, code))).To(HaveField("HTTPStatus", 200))
			expectStrength(ctx, session, "aal2", "code", "totp")
		})

		It("can be the code from WhatsApp after a password", Label("SEC-5", "USE-6"), limit, func(ctx SpecContext) {
			const password = "a long enough Passw0rd of no one"
			kratos := s.startKratos(ctx, testkit.KratosOptions{
				Configure: also(eager, func(c testkit.Config) {
					// Kratos accepts the code as the first factor or as the second.
					c.Set("selfservice.methods.code.passwordless_enabled", false)
					c.Set("selfservice.methods.code.mfa_enabled", true)
					c.Set("selfservice.methods.password", map[string]any{
						"enabled": true, "config": map[string]any{"haveibeenpwned_enabled": false},
					})
					c.Set("identity.schemas", []any{map[string]any{
						"id": "phone", "url": "base64://" + base64.StdEncoding.EncodeToString([]byte(phoneAndPassword)),
					}})
				}),
			})
			person := must(kratos.NewPersonWithPassword(ctx, s.Numbers.Next(), password))
			result := must(person.LoginWithPassword(ctx, password))
			Expect(result.SessionToken).NotTo(BeEmpty(), "%+v", result)

			session := kratos.Session(result.SessionToken)
			step := must(session.StepUp(ctx))
			if !step.CodeSent() {
				expectCodeSent(must(step.RequestCode(ctx, person.Phone)))
			}
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			Expect(must(step.SubmitCode(ctx, other(code)))).To(HaveField("MessageIDs", ContainElement(int64(wrongCode))))
			Expect(must(step.SubmitCode(ctx, code))).To(HaveField("HTTPStatus", 200))
			expectStrength(ctx, session, "aal2", "password", "code")
			// The web hook after a login is called for the second factor too.
			s.expectDeliveryTo(ctx, person.Phone, 1, used())
			s.expectCount(ctx, person.Phone, "", 1)
		})
	})
}
