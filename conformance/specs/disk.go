package specs

import (
	"errors"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) disk() {
	Describe("a courier whose disk is full", func() {
		It("takes nothing, sends nothing, lives, and recovers by itself", Label("OPS-1", "RTY-8", "WHK-6"), limit, func(ctx SpecContext) {
			o := testkit.SystemOptions{
				Mock: calm(), Courier: testkit.CourierOptions{Configure: quick, Fillable: true}, WithoutKratos: true,
			}
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
			Expect(d.health(ctx, "ready")).To(Equal(http.StatusServiceUnavailable))
			Expect(d.health(ctx, "alive")).To(Equal(http.StatusOK))
			// What is not on disk first could be sent twice.
			waitUntil(ctx, messages[1].At.Add(fallbackAfter+margin))
			d.expectCount(ctx, waiting, client.SMS, 0)
			d.expectCount(ctx, refused, "", 0)

			Expect(d.Courier.FreeDisk(ctx)).To(Succeed())
			d.report(ctx, delivered)
			Expect(d.health(ctx, "ready")).To(Equal(http.StatusOK))
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
