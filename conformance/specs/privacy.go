package specs

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// canaryDigits is long enough that no canary turns up by chance.
const canaryDigits = 15

// privacyRun posts messages with canary codes and remembers what must not be
// found.
type privacyRun struct {
	deployment
	secrets secrets
	ids     []string
	errors  []testkit.Answer
}

func (r *privacyRun) phone() string {
	phone := r.Numbers.Next()
	r.secrets.addPhone(phone)
	return phone
}

func (r *privacyRun) canary() string {
	code := randomCode(canaryDigits)
	r.secrets.addCode(code)
	return code
}

// postCanary has a canary delivered to a number and returns the body.
func (r *privacyRun) postCanary(ctx context.Context, phone string, transient map[string]any) string {
	GinkgoHelper()
	body := payload("v26.2.0/login_code_valid", phone, r.canary(), transient)
	r.ids = append(r.ids, r.post(ctx, body))
	return body
}

// refused posts what must be refused and keeps the answer.
func (r *privacyRun) refused(ctx context.Context, key, body string) {
	GinkgoHelper()
	answer := r.postAs(ctx, key, body)
	Expect(answer.Status).To(BeNumerically(">=", 400))
	r.errors = append(r.errors, answer)
}

// found is what a look at everything finds.
func (r *privacyRun) found(ctx context.Context) []string {
	GinkgoHelper()
	found := must(r.secrets.findInFiles(r.Courier))
	admin := []string{"X-API-Key", r.Courier.AdminKey}
	answers := append([]testkit.Answer{
		must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/metrics/prometheus", "")),
		must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/admin/deliveries?limit=100", "", admin...)),
		must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/admin/status", "", admin...)),
		must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/admin/deliveries/none", "", admin...)),
	}, r.errors...)
	for _, id := range r.ids {
		answers = append(answers, must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/admin/deliveries/"+id, "", admin...)))
	}
	for _, answer := range answers {
		header := must(json.Marshal(answer.Header))
		found = append(found, r.secrets.find("an answer", append(header, answer.Body...))...)
	}
	return found
}

// expectNothingLeft waits for the end of all deliveries, and looks once more with
// the courier running and once with it stopped.
func (r *privacyRun) expectNothingLeft(ctx context.Context) {
	GinkgoHelper()
	for _, id := range r.ids {
		r.expectDelivery(ctx, id, ended())
	}
	for _, m := range must(r.Mock.Messages(ctx, client.Filter{Channel: client.WhatsApp})) {
		r.secrets.addMessageID(m.ID)
	}
	Expect(r.found(ctx)).To(BeEmpty())
	Expect(r.Courier.Stop(ctx)).To(Succeed())
	Expect(must(r.secrets.findInFiles(r.Courier))).To(BeEmpty(), "after the end")
}

func (s *suite) privacy() {
	Describe("codes and numbers", func() {
		It("are in nothing that the courier writes or answers", Label("SEC-1", "SEC-2"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			const budget = 3
			r := &privacyRun{deployment: deploy(ctx, func(c testkit.Config) {
				c.Set("sms.max_per_hour", budget)
				c.Set("log.level", "debug")
			})}
			look := func() {
				GinkgoHelper()
				Expect(r.found(ctx)).To(BeEmpty())
			}

			By("WhatsApp, and a repeat")
			onWhatsApp := r.phone()
			body := r.postCanary(ctx, onWhatsApp, nil)
			look()
			r.post(ctx, body)

			By("every road to the fallback")
			failsLater, failsAtOnce, silent := r.phone(), r.phone(), r.phone()
			r.setPhone(ctx, failsLater, client.NotOnWhatsApp)
			r.failNextSend(ctx, failsAtOnce, notOnWhatsApp)
			r.switchOff(ctx, silent)
			for _, phone := range []string{failsLater, failsAtOnce, silent} {
				r.postCanary(ctx, phone, nil)
			}
			r.expectMessage(ctx, silent, client.WhatsApp, 1)
			look() // While the codes are in the database, waiting.
			for _, phone := range []string{failsLater, failsAtOnce, silent} {
				r.expectMessage(ctx, phone, client.SMS, 1)
			}

			By("a failure: the SMS budget is spent")
			r.postCanary(ctx, r.phone(), bySMS())
			r.expectDelivery(ctx, r.ids[len(r.ids)-1], state("failed"))

			By("too many for one number")
			flooded := r.phone()
			for range perNumber + 1 {
				r.postCanary(ctx, flooded, nil)
			}

			By("a login that cancels")
			in := r.phone()
			r.switchOff(ctx, in)
			r.postCanary(ctx, in, nil)
			r.expectMessage(ctx, in, client.WhatsApp, 1)
			r.postLogin(ctx, in)
			r.expectDelivery(ctx, r.ids[len(r.ids)-1], state("cancelled"))

			By("what is not delivered, and what is refused")
			secret := payload(loginMessage, r.phone(), r.canary(), nil)
			r.ids = append(r.ids,
				r.post(ctx, edit(secret, func(top, _ map[string]any) { top["template_type"] = "no_such_type" })),
				r.post(ctx, edit(secret, func(_, data map[string]any) { data["login_code"] = []any{data["login_code"]} })))
			r.ids = append(r.ids, r.post(ctx, payload(loginMessage, "+"+r.canary()+"0000", r.canary(), nil)))
			r.refused(ctx, r.Courier.KratosKey, secret[:len(secret)-20])
			r.refused(ctx, "a wrong key of a caller", secret)
			r.refused(ctx, r.Courier.KratosKey, secret+strings.Repeat(" ", 1<<20))

			By("webhooks with a code or a number")
			message := r.expectMessage(ctx, onWhatsApp, client.WhatsApp, 1)
			inbound := reportBody(nil, map[string]any{"messages": []any{map[string]any{
				"from": onWhatsApp[1:], "id": message.ID, "type": "text", "text": map[string]any{"body": message.Code},
			}}})
			r.report(ctx, inbound)
			r.errors = append(r.errors, r.reportAs(ctx, inbound, ""))

			By("afterwards")
			r.expectNothingLeft(ctx)
		})

		It("would be found: the console provider prints them by design", Label("SEC-1"), limit, func(ctx SpecContext) {
			r := &privacyRun{deployment: deploy(ctx, func(c testkit.Config) { c.Set("sms.provider", "console") })}
			r.postCanary(ctx, r.phone(), bySMS())
			r.expectDelivery(ctx, r.ids[0], state("handed_over"))
			Expect(r.found(ctx)).To(ContainElement(ContainSubstring("whatsapp-courier.log")))
		})
	})
}
