package specs

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) securityEvents() {
	DescribeTable("a security event ends the sessions of its person and stops codes to that number for a while, and touches nobody else:", Label("SEC-9"), func(ctx SpecContext, alert string, event func(client.Message) client.Event) {
		port := must(testkit.FreePort())
		o := withKratos(func(c testkit.Config) {
			c.Set("kratos.admin_url", fmt.Sprintf("http://127.0.0.1:%d", port))
			c.Set("security_events", map[string]any{"revoke_sessions": []string{alert}, "block_number": []string{alert}})
		})
		o.Kratos.AdminPort = port
		d := s.deploySystem(ctx, o)

		victim, other := d.newPerson(ctx, nil), d.newPerson(ctx, nil)
		var sessions []string
		for _, person := range []*testkit.Person{victim, other} {
			login := askForCode(ctx, person, nil)
			code := d.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			sessions = append(sessions, must(login.Submit(ctx, code)).SessionToken)
		}
		loggedIn := func(n int) bool {
			_, _, err := d.Kratos.Session(sessions[n]).Strength(ctx)
			return err == nil
		}
		Expect([]bool{loggedIn(0), loggedIn(1)}).To(Equal([]bool{true, true}))

		askForCode(ctx, victim, nil) // A stranger does.
		message := d.expectMessage(ctx, victim.Phone, client.WhatsApp, 2)
		d.expectDeliveryTo(ctx, victim.Phone, 2, arrived()) // Nobody answers what is not on the screen.
		Expect(d.Mock.Raise(ctx, event(message))).To(Succeed())
		Eventually(func() []bool { return []bool{loggedIn(0), loggedIn(1)} }).WithContext(ctx).Should(Equal([]bool{false, true}))

		askForCode(ctx, victim, nil)
		askForCode(ctx, other, nil)
		d.expectMessage(ctx, other.Phone, client.WhatsApp, 2)
		d.expectDeliveryTo(ctx, victim.Phone, 3, state("suppressed"), HaveField("Reason", "number_blocked"))
		d.expectCount(ctx, victim.Phone, "", 2)
	},
		Entry("'I didn't request a code'", limit, "not_requested", func(m client.Message) client.Event {
			return client.Event{Kind: client.DidNotRequestCode, MessageID: m.ID}
		}),
		Entry("a changed WhatsApp identity", limit, "identity_changed", func(m client.Message) client.Event {
			return client.Event{Kind: client.IdentityChanged, Number: m.To}
		}),
	)
}
