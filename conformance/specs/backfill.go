package specs

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	examples "github.com/kratos-whatsapp/kratos-whatsapp/deploy/kratos"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// beforePhones is an identity schema in which the phone is a trait like any other.
const beforePhones = `{
  "$id": "https://example.com/before.schema.json", "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
  "properties": {"traits": {"type": "object", "properties": {"phone": {"type": "string", "format": "tel"}}}}
}`

func (s *suite) backfill() {
	It("lets people log in who were in Kratos before their phone was a login identifier", Label("OPS-8"), limit, func(ctx SpecContext) {
		needs(viaInside)
		folder := GinkgoT().TempDir()
		schema := filepath.Join(folder, "phone.schema.json")
		kratos := testkit.KratosOptions{Dir: folder, Configure: also(eager, func(c testkit.Config) {
			c.Set("identity.schemas", []any{map[string]any{"id": "phone", "url": "file://" + schema}})
		})}
		Expect(os.WriteFile(schema, []byte(beforePhones), 0o600)).To(Succeed())
		before := s.startKratos(ctx, kratos)
		phone := s.Numbers.Next()
		must(before.NewPerson(ctx, phone, nil))
		Expect(before.Stop(ctx)).To(Succeed())

		Expect(os.WriteFile(schema, must(examples.Files.ReadFile("identity.schema.json")), 0o600)).To(Succeed())
		after := s.startKratos(ctx, kratos)
		login := must(after.Person(phone).Login(ctx))
		Expect(must(login.RequestCode(ctx, nil))).NotTo(HaveField("State", waitsForCode), "before the backfill")

		backfill := func(mode string) string {
			GinkgoHelper()
			out, status, err := testkit.RunCourier(ctx, "kratos", "backfill", "--admin", after.AdminURL, "--trait", "phone", mode)
			Expect(err).NotTo(HaveOccurred())
			Expect(status).To(Equal(0), out)
			Expect(out).NotTo(ContainSubstring(phone))
			return out
		}
		Expect(backfill("--dry-run")).To(And(MatchRegexp(`without the credential +1`), MatchRegexp(`written +0`)))
		Expect(backfill("--apply")).To(MatchRegexp(`written +1`))
		Expect(backfill("--apply")).To(And(MatchRegexp(`without the credential +0`), MatchRegexp(`written +0`)), "a second run")

		login = askForCode(ctx, after.Person(phone), nil)
		message := s.expectMessage(ctx, phone, client.WhatsApp, 1)
		expectSession(must(login.Submit(ctx, message.Code)))
	})
}
