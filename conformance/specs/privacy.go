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
	*testkit.System
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

// post has a canary delivered to a number and returns the body.
func (r *privacyRun) post(ctx context.Context, phone string, transient map[string]any) string {
	GinkgoHelper()
	body := payload("v26.2.0/login_code_valid", phone, r.canary(), transient)
	r.ids = append(r.ids, accepted(ctx, r.Courier, body))
	return body
}

// refused posts what must be refused and keeps the answer.
func (r *privacyRun) refused(ctx context.Context, key, body string) {
	GinkgoHelper()
	answer := postAs(ctx, r.Courier, key, body)
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
		expectDelivery(ctx, r.System, id, ended())
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
			r := &privacyRun{System: deployment(ctx, func(c testkit.Config) {
				c.Set("sms.max_per_hour", budget)
				c.Set("log.level", "debug")
			})}
			look := func() {
				GinkgoHelper()
				Expect(r.found(ctx)).To(BeEmpty())
			}

			By("WhatsApp, and a repeat")
			onWhatsApp := r.phone()
			body := r.post(ctx, onWhatsApp, nil)
			look()
			accepted(ctx, r.Courier, body)

			By("every road to the fallback")
			failsLater, failsAtOnce, silent := r.phone(), r.phone(), r.phone()
			Expect(r.Mock.SetHandset(ctx, failsLater, client.Handset{State: client.NotOnWhatsApp})).To(Succeed())
			Expect(r.Mock.FailNextSend(ctx, failsAtOnce, notOnWhatsApp)).To(Succeed())
			switchOff(ctx, r.System, silent)
			for _, phone := range []string{failsLater, failsAtOnce, silent} {
				r.post(ctx, phone, nil)
			}
			arrived(ctx, r.System, silent, client.WhatsApp, 1)
			look() // While the codes are in the database, waiting.
			for _, phone := range []string{failsLater, failsAtOnce, silent} {
				arrived(ctx, r.System, phone, client.SMS, 1)
			}

			By("a failure: the SMS budget is spent")
			r.post(ctx, r.phone(), bySMS())
			expectDelivery(ctx, r.System, r.ids[len(r.ids)-1], state("failed"))

			By("too many for one number")
			flooded := r.phone()
			for range perNumber + 1 {
				r.post(ctx, flooded, nil)
			}

			By("a login that cancels")
			in := r.phone()
			switchOff(ctx, r.System, in)
			r.post(ctx, in, nil)
			arrived(ctx, r.System, in, client.WhatsApp, 1)
			event := string(must(json.Marshal(map[string]string{"event": "login", "phone": in})))
			expectHarmless(must(testkit.Do(ctx, http.MethodPost, r.Courier.EventsURL(), event,
				"Content-Type", "application/json", "X-API-Key", r.Courier.KratosKey)))
			expectDelivery(ctx, r.System, r.ids[len(r.ids)-1], state("cancelled"))

			By("what is not delivered, and what is refused")
			secret := payload(loginMessage, r.phone(), r.canary(), nil)
			r.ids = append(r.ids,
				accepted(ctx, r.Courier, edit(secret, func(top, _ map[string]any) { top["template_type"] = "no_such_type" })),
				accepted(ctx, r.Courier, edit(secret, func(_, data map[string]any) { data["login_code"] = []any{data["login_code"]} })))
			r.ids = append(r.ids, accepted(ctx, r.Courier, payload(loginMessage, "+"+r.canary()+"0000", r.canary(), nil)))
			r.refused(ctx, r.Courier.KratosKey, secret[:len(secret)-20])
			r.refused(ctx, "a wrong key of a caller", secret)
			r.refused(ctx, r.Courier.KratosKey, secret+strings.Repeat(" ", 1<<20))

			By("webhooks with a code or a number")
			message := arrived(ctx, r.System, onWhatsApp, client.WhatsApp, 1)
			inbound := metaBody(nil, map[string]any{"messages": []any{map[string]any{
				"from": onWhatsApp[1:], "id": message.ID, "type": "text", "text": map[string]any{"body": message.Code},
			}}})
			Expect(postStatus(ctx, r.Courier, inbound, sign(inbound, testkit.MockAppSecret)).Status).To(Equal(http.StatusOK))
			r.errors = append(r.errors, postStatus(ctx, r.Courier, inbound, ""))

			By("afterwards")
			r.expectNothingLeft(ctx)
		})

		It("would be found: the console provider prints them by design", Label("SEC-1"), limit, func(ctx SpecContext) {
			r := &privacyRun{System: deployment(ctx, func(c testkit.Config) { c.Set("sms.provider", "console") })}
			r.post(ctx, r.phone(), bySMS())
			expectDelivery(ctx, r.System, r.ids[0], state("handed_over"))
			Expect(r.found(ctx)).To(ContainElement(ContainSubstring("whatsapp-courier.log")))
		})
	})
}
