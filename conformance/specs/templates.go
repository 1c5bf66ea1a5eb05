package specs

import (
	"context"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) templates() {
	It("gets the template that its configuration describes, in every language, and no other one is touched", Label("OPS-9"), limit, func(ctx SpecContext) {
		needs(viaInside)
		const name = "spec_login"
		d := s.deploy(ctx, func(c testkit.Config) {
			c.Set("whatsapp.template.name", name)
			c.Set("whatsapp.template.languages", []any{"en_US", "pt_BR"})
			c.Set("whatsapp.template.message_send_ttl_seconds", 60)
		})
		run := func(want int, settings string, args ...string) string {
			GinkgoHelper()
			return runTemplates(ctx, d.Courier, want, settings, args...)
		}
		others := foreignTemplates(ctx, d.Mock, name)

		By("planning and making it")
		Expect(run(3, "", "plan")).To(And(ContainSubstring("+ en_US"), ContainSubstring("2 to create")))
		Expect(ownTemplates(ctx, d.Mock, name)).To(BeEmpty(), "a plan changes nothing")
		Expect(run(0, "", "apply", "--every", "100ms")).To(And(ContainSubstring("en_US PENDING"), ContainSubstring("changed: en_US, pt_BR")))
		Expect(ownTemplates(ctx, d.Mock, name)).To(HaveEach(And(
			HaveField("Status", "APPROVED"), HaveField("Button", "COPY_CODE"), HaveField("TTLSeconds", 60), HaveField("ExpiryMinutes", 5))))
		run(0, "", "plan")

		By("sending a code with it")
		phone := s.Numbers.Next()
		d.post(ctx, login6(phone))
		Expect(d.expectMessage(ctx, phone, client.WhatsApp, 1)).To(HaveField("Template", name))

		By("changing it, which Meta takes once a day")
		const oneTap = `{whatsapp: {template: {kind: one_tap, apps: [{package_name: com.example.app, signature_hash: "K8a/AINcGX7"}]}}}`
		Expect(run(3, oneTap, "plan")).To(And(MatchRegexp(`kind +copy_code -> one_tap`), MatchRegexp(`apps +none -> com.example.app K8a/AINcGX7`)))
		run(0, oneTap, "apply", "--every", "100ms")
		run(0, oneTap, "plan")
		Expect(run(1, "", "apply")).To(ContainSubstring("Meta refused what was asked about the template in en_US, pt_BR"))

		By("seeing what Meta has decided")
		Expect(d.Mock.Raise(ctx, client.Event{Kind: client.TemplateStatus, Template: name, Language: "pt_BR", Value: "REJECTED"})).To(Succeed())
		Expect(run(2, oneTap, "apply")).To(ContainSubstring("does not deliver the template in pt_BR"))
		Expect(run(0, oneTap, "list")).To(MatchRegexp(`pt_BR +REJECTED`))

		By("deleting one language")
		Expect(run(3, oneTap, "delete", "--language", "pt_BR")).To(ContainSubstring("nothing was deleted"))
		run(0, oneTap, "delete", "--language", "pt_BR", "--yes")
		Expect(ownTemplates(ctx, d.Mock, name)).To(ConsistOf(HaveField("Language", "en_US")))
		Expect(foreignTemplates(ctx, d.Mock, name)).To(Equal(others))
	})
}

// ownTemplates are those of a name, and foreignTemplates all others.
func ownTemplates(ctx context.Context, mock *testkit.Mock, name string) (own []client.Template) {
	GinkgoHelper()
	for _, t := range must(mock.Templates(ctx)) {
		if t.Name == name {
			own = append(own, t)
		}
	}
	return own
}

func foreignTemplates(ctx context.Context, mock *testkit.Mock, name string) (others []client.Template) {
	GinkgoHelper()
	for _, t := range must(mock.Templates(ctx)) {
		if t.Name != name {
			others = append(others, t)
		}
	}
	return others
}

// runTemplates runs the command with the courier's configuration and some settings over
// it, and returns what it says. It must end with that status.
func runTemplates(ctx context.Context, c *testkit.Courier, want int, settings string, args ...string) string {
	GinkgoHelper()
	over := filepath.Join(GinkgoT().TempDir(), "over.yml")
	Expect(os.WriteFile(over, []byte(settings), 0o600)).To(Succeed())
	out, status, err := testkit.RunCourier(ctx, append([]string{"templates", "--config", c.ConfigFile(), "--config", over}, args...)...)
	Expect(err).NotTo(HaveOccurred())
	Expect(status).To(Equal(want), out)
	return out
}
