package specs

import (
	"errors"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) service() {
	// health is the HTTP status of /health/alive or /health/ready.
	health := func(ctx SpecContext, d deployment, check string) int {
		GinkgoHelper()
		needs(viaOperator)
		return must(testkit.Do(ctx, http.MethodGet, d.Courier.PrivateURL+"/health/"+check, "")).Status
	}

	Describe("the service endpoints", func() {
		It("give liveness, readiness, version and metrics", Label("OPS-1"), limit, func(ctx SpecContext) {
			get := func(path string) string {
				GinkgoHelper()
				needs(viaOperator)
				answer := must(testkit.Do(ctx, http.MethodGet, s.Courier.PrivateURL+path, ""))
				Expect(answer.Status).To(Equal(http.StatusOK), path)
				return answer.Body
			}
			Expect(get("/health/alive")).To(MatchJSON(`{"status":"ok"}`))
			Expect(get("/health/ready")).To(MatchJSON(`{"status":"ok"}`))
			Expect(get("/version")).To(ContainSubstring(`"version"`))
			Expect(get("/metrics/prometheus")).To(ContainSubstring("go_goroutines"))
		})
	})

	Describe("the metrics", func() {
		It("count accepted messages, attempts and ended deliveries", Label("OPS-1", "OPS-2"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, nil)
			count := func(name string, labels ...string) float64 {
				GinkgoHelper()
				return d.metric(ctx, name, labels...)
			}
			onWhatsApp, bySMS := d.Numbers.Next(), d.Numbers.Next()
			d.failNextSend(ctx, bySMS, notOnWhatsApp)
			body := login6(onWhatsApp)
			d.post(ctx, body)
			d.expectDelivery(ctx, d.post(ctx, body), state("read"))
			d.expectDelivery(ctx, d.post(ctx, login6(bySMS)), ended())

			Expect(count("messages_received_total", `outcome="created"`)).To(Equal(2.0))
			Expect(count("messages_received_total", `outcome="repeated"`)).To(Equal(1.0))
			Eventually(func() float64 { return count("attempts_total", `channel="whatsapp"`) }).WithContext(ctx).Should(Equal(2.0))
			Expect(count("attempts_total", `channel="whatsapp"`, `code="131026"`)).To(Equal(1.0))
			Expect(count("attempts_total", `channel="sms"`)).To(Equal(1.0))
			Eventually(func() float64 { return count("deliveries_ended_total") }).WithContext(ctx).Should(Equal(2.0))
			Expect(count("time_to_phone_seconds_count", `channel="`+client.WhatsApp+`"`)).To(Equal(1.0))
		})
	})

	Describe("a courier whose disk is full", func() {
		It("accepts nothing, sends nothing, stays alive and recovers by itself", Label("OPS-1", "RTY-8", "WHK-6"), limit, func(ctx SpecContext) {
			o := testkit.SystemOptions{
				Mock: calm(), Courier: testkit.CourierOptions{Fillable: true, Settings: target.Usual()}, WithoutKratos: true,
			}
			needs(viaSettings)
			needs(viaProcess)
			needs(viaSQLite)
			system, err := testkit.StartSystem(ctx, o)
			if errors.Is(err, testkit.ErrNoFillableDisk) {
				Skip(err.Error())
			}
			Expect(err).NotTo(HaveOccurred())
			d := deployment{system}
			d.endWithSpec()
			waiting, reported, refused := d.Numbers.Next(), d.Numbers.Next(), d.Numbers.Next()
			var messages []client.Message
			for _, phone := range []string{waiting, reported} {
				d.switchOff(ctx, phone)
				d.post(ctx, login6(phone))
				message := d.expectMessage(ctx, phone, client.WhatsApp, 1)
				d.expectReport(ctx, message.ID, "sent")
				messages = append(messages, message)
			}

			Expect(d.Courier.FillDisk(ctx)).To(Succeed())
			message := login6(refused)
			answer := d.postAs(ctx, d.Courier.KratosKey, message)
			Expect(answer.Status).To(Equal(http.StatusServiceUnavailable), "so that Kratos posts it again")
			Expect(answer.Header).NotTo(HaveKey("Retry-After"), "Kratos v1.3.1 would sleep for everyone")
			delivered := oneReport(messages[1], "delivered")
			Expect(d.reportAs(ctx, delivered, sign(delivered, testkit.MockAppSecret)).Status).
				To(BeNumerically(">=", 500), "so that Meta reports it again")
			Expect(health(ctx, d, "ready")).To(Equal(http.StatusServiceUnavailable))
			Expect(health(ctx, d, "alive")).To(Equal(http.StatusOK))
			// What is not on disk first could be sent twice.
			waitUntil(ctx, messages[1].At.Add(fallbackAfter+margin))
			d.expectCount(ctx, waiting, client.SMS, 0)
			d.expectCount(ctx, refused, "", 0)

			Expect(d.Courier.FreeDisk(ctx)).To(Succeed())
			d.report(ctx, delivered)
			Expect(health(ctx, d, "ready")).To(Equal(http.StatusOK))
			d.post(ctx, message)
			d.expectMessage(ctx, refused, client.WhatsApp, 1)
			Expect(d.expectMessage(ctx, waiting, client.SMS, 1).Code).To(Equal(messages[0].Code))
			Expect(d.Courier.Running()).To(BeTrueBecause("it recovers without a restart"))
			waitUntil(ctx, time.Now().Add(margin))
			d.expectCount(ctx, waiting, client.SMS, 1)
			d.expectCount(ctx, refused, client.WhatsApp, 1)
		})
	})
}
