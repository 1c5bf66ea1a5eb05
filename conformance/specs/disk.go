package specs

import (
	"context"
	"errors"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) disk() {
	health := func(ctx context.Context, d *testkit.System, path string) int {
		GinkgoHelper()
		return must(testkit.Do(ctx, http.MethodGet, d.Courier.PrivateURL+"/health/"+path, "")).Status
	}

	Describe("a courier whose disk is full", func() {
		It("takes nothing, sends nothing, lives, and recovers by itself", Label("OPS-1", "RTY-8", "WHK-6"), limit, func(ctx SpecContext) {
			o := testkit.SystemOptions{
				Mock: calm(), Courier: testkit.CourierOptions{Configure: quick, Fillable: true}, WithoutKratos: true,
			}
			d, err := testkit.StartSystem(ctx, o)
			if errors.Is(err, testkit.ErrNoFillableDisk) {
				Skip(err.Error())
			}
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(d.Close)
			DeferCleanup(func() { showLogs(d) })
			waiting, reported, refused := d.Numbers.Next(), d.Numbers.Next(), d.Numbers.Next()
			var messages []client.Message
			for _, phone := range []string{waiting, reported} {
				switchOff(ctx, d, phone)
				accepted(ctx, d.Courier, login6(phone))
				message := arrived(ctx, d, phone, client.WhatsApp, 1)
				Expect(d.Mock.WaitForStatus(ctx, message.ID, "sent")).To(Succeed())
				messages = append(messages, message)
			}

			Expect(d.Courier.FillDisk(ctx)).To(Succeed())
			message := login6(refused)
			answer := postAs(ctx, d.Courier, d.Courier.KratosKey, message)
			Expect(answer.Status).To(Equal(http.StatusServiceUnavailable), "so that Kratos posts it again")
			Expect(answer.Header).NotTo(HaveKey("Retry-After"), "Kratos v1.3.1 would sleep for everyone")
			delivered := oneStatus(messages[1], "delivered")
			Expect(postStatus(ctx, d.Courier, delivered, sign(delivered, testkit.MockAppSecret)).Status).
				To(BeNumerically(">=", 500), "so that Meta reports it again")
			Expect(health(ctx, d, "ready")).To(Equal(http.StatusServiceUnavailable))
			Expect(health(ctx, d, "alive")).To(Equal(http.StatusOK))
			// What is not on disk first could be sent twice.
			until(ctx, messages[1].At.Add(fallbackAfter+margin))
			expectCount(ctx, d, waiting, client.SMS, 0)
			expectCount(ctx, d, refused, "", 0)

			Expect(d.Courier.FreeDisk(ctx)).To(Succeed())
			Expect(postStatus(ctx, d.Courier, delivered, sign(delivered, testkit.MockAppSecret)).Status).To(Equal(http.StatusOK))
			Expect(health(ctx, d, "ready")).To(Equal(http.StatusOK))
			accepted(ctx, d.Courier, message)
			arrived(ctx, d, refused, client.WhatsApp, 1)
			Expect(arrived(ctx, d, waiting, client.SMS, 1).Code).To(Equal(messages[0].Code))
			Expect(d.Courier.Running()).To(BeTrueBecause("it recovers without a restart"))
			until(ctx, time.Now().Add(margin))
			expectCount(ctx, d, waiting, client.SMS, 1)
			expectCount(ctx, d, refused, client.WhatsApp, 1)
		})
	})
}
