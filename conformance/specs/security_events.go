package specs

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// actingOn has events acted on, where Kratos' admin API answers at that address.
func actingOn(admin string, alerts ...string) func(testkit.Config) {
	return func(c testkit.Config) {
		c.Set("kratos.admin_url", "http://"+admin)
		c.Set("security_events", map[string]any{"revoke_sessions": alerts, "block_number": alerts})
	}
}

func (s *suite) securityEvents() {
	DescribeTable("a security event ends the sessions of its person and stops codes to that number for a while, and touches nobody else:", Label("SEC-9"), func(ctx SpecContext, alert string, event func(client.Message) client.Event) {
		port := must(testkit.FreePort())
		o := withKratos(actingOn(fmt.Sprintf("127.0.0.1:%d", port), alert))
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

	It("a security event ends the sessions also if the courier is killed before Kratos can be asked", Label("SEC-9"), limit, func(ctx SpecContext) {
		port, way := must(testkit.FreePort()), newNetwork() // Which leads nowhere yet.
		o := withKratos(actingOn(way.address, "not_requested"))
		o.Kratos.AdminPort = port
		d := s.deploySystem(ctx, o)

		person := d.newPerson(ctx, nil)
		login := askForCode(ctx, person, nil)
		message := d.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
		d.expectDeliveryTo(ctx, person.Phone, 1, arrived()) // Nobody answers what is not on the screen.
		session := d.Kratos.Session(must(login.Submit(ctx, message.Code)).SessionToken)
		loggedIn := func() bool {
			_, _, err := session.Strength(ctx)
			return err == nil
		}
		Expect(d.Mock.Raise(ctx, client.Event{Kind: client.DidNotRequestCode, MessageID: message.ID})).To(Succeed())
		d.expectDeliveryTo(ctx, person.Phone, 1, HaveField("Alert", "not_requested"))
		d.killAndRestart(ctx)
		Expect(loggedIn()).To(BeTrue(), "Kratos could not be asked")
		way.leadTo(fmt.Sprintf("127.0.0.1:%d", port))
		Eventually(loggedIn).WithContext(ctx).Should(BeFalse())
	})

	It("a changed WhatsApp identity stops codes for a while also to a number to which none was sent before", Label("SEC-9"), limit, func(ctx SpecContext) {
		d := s.deploy(ctx, func(c testkit.Config) {
			c.Set("security_events", map[string]any{"block_number": []string{"identity_changed"}})
		})
		phone, other := d.Numbers.Next(), d.Numbers.Next()
		Expect(d.Mock.Raise(ctx, client.Event{Kind: client.IdentityChanged, Number: phone})).To(Succeed())
		Eventually(func() string {
			return d.expectDelivery(ctx, d.post(ctx, login6(phone)), ended()).Reason
		}).WithContext(ctx).Should(Equal("number_blocked"))
		d.expectDelivery(ctx, d.post(ctx, login6(other)), state("read"))
	})
}
