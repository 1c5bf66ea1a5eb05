package specs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// landline is a number for which the mock's Twilio takes every SMS and then sends
// the receipt "undelivered", with code 30006 (landline or unreachable carrier).
const landline = "+15009300060"

func (s *suite) smsProvider() {
	Describe("the SMS provider's receipts", func() {
		It("say whether the SMS arrived", Label("FBK-11"), limit, func(ctx SpecContext) {
			d := s.withReceipts(ctx)
			phone := s.Numbers.Next()
			id := d.post(ctx, login6With(phone, bySMS()))
			d.expectMessage(ctx, phone, client.SMS, 1)
			seen := d.expectDelivery(ctx, id, state("delivered"), attempts(client.SMS))
			Expect(seen.Attempts[0].DeliveredAt).NotTo(BeZero())

			id = d.post(ctx, login6With(landline, bySMS()))
			seen = d.expectDelivery(ctx, id, state("failed"), attempts(client.SMS))
			Expect(seen.Attempts[0].Code).To(Equal("30006"))
			Expect(seen.Reason).NotTo(BeEmpty())
		})

		It("count only when Twilio has signed them", Label("FBK-11"), limit, func(ctx SpecContext) {
			d := s.withReceipts(ctx)
			phone := s.Numbers.Next()
			d.switchOff(ctx, phone)
			id := d.post(ctx, login6With(phone, bySMS()))
			d.expectDelivery(ctx, id, attempts(client.SMS), state("sent"))
			forged := must(testkit.Do(ctx, "POST", d.Courier.PublicURL+"/webhooks/sms/twilio?ref="+id+".1", "MessageStatus=delivered",
				"Content-Type", "application/x-www-form-urlencoded", "X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="))
			Expect(forged.Status).To(Equal(401))
			Expect(must(d.Courier.Operator().Delivery(ctx, id))).NotTo(arrived())
		})

		It("are read from any provider with an HTTP API", Label("FBK-11"), limit, func(ctx SpecContext) {
			requests := make(chan sentSMS, 10)
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var sms sentSMS
				_ = json.NewDecoder(r.Body).Decode(&sms) // What is missing shows below.
				requests <- sms
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"sms":{"number":%q}}`, sms.To)
			}))
			DeferCleanup(api.Close)
			d := s.withPublicPort(ctx, func(c testkit.Config, public string) {
				c.Set("sms.provider", "http")
				c.Set("sms.http", map[string]any{
					"url":        api.URL,
					"body":       "function(ctx) { to: ctx.to, text: ctx.text, report_to: ctx.callback_url }",
					"message_id": "function(ctx) ctx.body.sms.number",
					"receipt":    "function(ctx) [{ ref: ctx.query.ref, state: ctx.body.state, code: std.get(ctx.body, 'code') }]",
					"callback":   map[string]any{"url": public + "/webhooks/sms/http", "api_keys": []string{testkit.Secret()}},
				})
			})
			report := func(url, body string) int {
				GinkgoHelper()
				return must(testkit.Do(ctx, http.MethodPost, url, body, "Content-Type", "application/json")).Status
			}
			for _, is := range []string{"delivered", "failed"} {
				phone, code := d.Numbers.Next(), randomCode(6)
				id := d.post(ctx, payload(loginMessage, phone, code, bySMS()))
				var sms sentSMS
				Eventually(requests).WithContext(ctx).Should(Receive(&sms))
				Expect(sms.To).To(Equal(phone))
				Expect(sms.Text).To(ContainSubstring(code))
				seen := d.expectDelivery(ctx, id, attempts(client.SMS), HaveField("Attempts", ConsistOf(state("accepted"))))

				body := fmt.Sprintf(`{"state":%q,"code":"unreachable"}`, is)
				unknown, _, _ := strings.Cut(sms.ReportTo, "key=")
				Expect(report(unknown+"key=of-another-caller", body)).To(Equal(http.StatusUnauthorized))
				Expect(must(d.Courier.Operator().Delivery(ctx, id))).To(Equal(seen))
				Expect(report(sms.ReportTo, body)).To(Equal(http.StatusNoContent))
				d.expectDelivery(ctx, id, state(is))
			}
		})
	})

	Describe("a broken SMS provider", func() {
		It("ends the delivery with a reason that operators see", Label("FBK-11"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("sms.twilio.auth_token", "a wrong token") })
			phone := d.Numbers.Next()
			id := d.post(ctx, login6With(phone, bySMS()))
			seen := d.expectDelivery(ctx, id, state("failed"), reason())
			Expect(seen.Attempts).To(HaveEach(And(HaveField("Channel", client.SMS), state("failed"))))
			d.expectReady(ctx)
		})

		It("is retried when its errors are transient", Label("FBK-11"), limit, func(ctx SpecContext) {
			provider := newProvider(http.StatusServiceUnavailable)
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("sms.twilio.base_url", provider.url) })
			phone := d.Numbers.Next()
			id := d.post(ctx, login6With(phone, bySMS()))
			d.expectDelivery(ctx, id, state("failed"))
			Expect(provider.requests()).To(And(BeNumerically(">", 1), BeNumerically("<=", 10)), "requests to the provider")
		})
	})

	Describe("an SMS provider described by three snippets", func() {
		It("works like a built-in one", Label("FBK-11"), limit, func(ctx SpecContext) {
			// The mock's Twilio, of which the courier knows no more than this.
			d := s.withPublicPort(ctx, func(c testkit.Config, public string) {
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

			id = d.post(ctx, login6With(landline, bySMS()))
			d.expectDelivery(ctx, id, state("failed"), HaveField("Attempts", ConsistOf(HaveField("Code", "30006"))))

			unsubscribed := d.Numbers.Next()
			d.plant(ctx, client.Fault{Kind: client.SMSError, Number: unsubscribed, Code: hasUnsubscribed})
			id = d.post(ctx, login6With(unsubscribed, bySMS()))
			d.expectDelivery(ctx, id, state("failed"), HaveField("Attempts", ConsistOf(HaveField("Code", "21610"))))
		})
	})
}

// sentSMS is a request to a provider with an API of its own.
type sentSMS struct {
	To       string `json:"to"`
	Text     string `json:"text"`
	ReportTo string `json:"report_to"`
}

// withReceipts starts a courier that Twilio can reach.
func (s *suite) withReceipts(ctx context.Context) deployment {
	GinkgoHelper()
	return s.withPublicPort(ctx, func(c testkit.Config, public string) {
		c.Set("sms.twilio.callback_url", public+"/webhooks/sms/twilio")
	})
}

// withPublicPort starts a courier that knows the base URL of its public
// listener.
func (s *suite) withPublicPort(ctx context.Context, configure func(c testkit.Config, public string)) deployment {
	GinkgoHelper()
	port := must(testkit.FreePort())
	return s.deploy(ctx, func(c testkit.Config) {
		c.Set("serve.public.port", port)
		configure(c, fmt.Sprintf("http://127.0.0.1:%d", port))
	})
}
