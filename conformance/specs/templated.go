package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) templated() {
	Describe("a provider that three snippets describe", func() {
		It("delivers, reports and refuses like one that is built in", Label("FBK-11"), limit, func(ctx SpecContext) {
			// The mock's Twilio, of which the courier knows no more than this.
			d := withPublicPort(ctx, func(c testkit.Config, public string) {
				mock := c["sms"].(map[string]any)["twilio"].(map[string]any)["base_url"].(string)
				c.Set("sms.provider", "http")
				c.Set("sms.http", map[string]any{
					"url":     mock + "/2010-04-01/Accounts/" + testkit.MockTwilioAccountSID + "/Messages.json",
					"headers": map[string]any{"Content-Type": "application/x-www-form-urlencoded"},
					"auth": map[string]any{"type": "basic_auth", "config": map[string]any{
						"user": testkit.MockTwilioAccountSID, "password": testkit.MockTwilioAuthToken,
					}},
					"body": "function(ctx) { To: ctx.to, From: '+15550100124', Body: ctx.text, StatusCallback: ctx.callback_url }",
					"message_id": `function(ctx)
						if ctx.status == 201 then ctx.body.sid
						else { accepted: false, class: 'recipient', code: ctx.body.code }`,
					"receipt": `function(ctx)
						local is = ctx.body.MessageStatus;
						local state = { sent: 'sent', delivered: 'delivered', failed: 'failed', undelivered: 'failed' };
						if std.objectHas(state, is)
						then [{ ref: ctx.query.ref, id: ctx.body.MessageSid, state: state[is], code: std.get(ctx.body, 'ErrorCode') }]
						else []`,
					"callback": map[string]any{"url": public + "/webhooks/sms/http", "api_keys": []string{testkit.Secret()}},
				})
			})
			phone, code := d.Numbers.Next(), randomCode(6)
			id := d.post(ctx, payload(loginMessage, phone, code, bySMS()))
			Expect(d.expectMessage(ctx, phone, client.SMS, 1).Text).To(ContainSubstring(code))
			d.expectDelivery(ctx, id, state("delivered"), attempts(client.SMS))

			id = d.post(ctx, payload(loginMessage, landline, randomCode(6), bySMS()))
			d.expectDelivery(ctx, id, state("failed"), HaveField("Attempts", ConsistOf(HaveField("Code", "30006"))))

			unsubscribed := d.Numbers.Next()
			d.plant(ctx, client.Fault{Kind: client.SMSError, Number: unsubscribed, Code: hasUnsubscribed})
			id = d.post(ctx, payload(loginMessage, unsubscribed, randomCode(6), bySMS()))
			d.expectDelivery(ctx, id, state("failed"), HaveField("Attempts", ConsistOf(HaveField("Code", "21610"))))
		})
	})
}
