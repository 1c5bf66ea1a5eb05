package specs

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) stop() {
	const (
		grace = 3 * time.Second
		// A program under the race detector takes a second to end. Without its
		// grace, the courier would wait for the timeout of the request, 12 s.
		bound = 3 * grace
	)
	// stop expects that the courier ends in time, and well.
	stop := func(ctx context.Context, d deployment, within time.Duration) {
		GinkgoHelper()
		needs(viaProcess)
		started := time.Now()
		Expect(d.Courier.Stop(ctx)).To(Succeed(), "stop on SIGTERM")
		Expect(time.Since(started)).To(BeNumerically("<", within))
		Expect(d.Courier.ExitCode()).To(Equal(0))
	}

	Describe("a courier that is stopped", func() {
		It("under load ends within its grace time, loses no message and repeats none", Label("OPS-3"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			r := s.startLoad(ctx, uint64(GinkgoRandomSeed()), func(c testkit.Config) { c.Set("serve.grace", grace.String()) }) // #nosec G115 -- any number will do.
			r.round(ctx, func() {
				stop(ctx, r.deployment, bound)
				Expect(r.Courier.Restart(ctx)).To(Succeed())
			})
			Expect(r.judge(ctx).unknown).To(BeNumerically("<=", roundMessages))
		})

		It("does not wait longer for a provider that does not answer", Label("OPS-3", "RTY-7"), limit, func(ctx SpecContext) {
			meta := newProvider(saysNothing)
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("serve.grace", grace.String())
				c.Set("whatsapp.base_url", meta.url)
			})
			id := d.post(ctx, login6(d.Numbers.Next()))
			Eventually(meta.requests).WithContext(ctx).Should(Equal(1))
			stop(ctx, d, bound)

			Expect(d.Courier.Restart(ctx)).To(Succeed())
			d.expectDelivery(ctx, id, wentBySMS(), attempts(client.WhatsApp, client.SMS))
			Expect(meta.requests()).To(Equal(1), "requests to Meta")
		})

		It("ends within its grace time with status 0, and goes on after a restart", Label("OPS-3"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("serve.grace", grace.String()) })
			phone := d.Numbers.Next()
			d.switchOff(ctx, phone)
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.WhatsApp, 1)
			stop(ctx, d, grace+margin)

			Expect(d.Courier.Restart(ctx)).To(Succeed())
			d.expectMessage(ctx, phone, client.SMS, 1)
		})
	})

	Describe("a courier whose terminal closes", func() {
		It("keeps running", Label("OPS-3"), limit, func(ctx SpecContext) {
			needs(viaInside) // No rule says it of others.
			d := s.deploy(ctx, nil)
			Expect(d.Courier.HangUp()).To(Succeed())
			d.post(ctx, login6(d.Numbers.Next()))
			Expect(d.Courier.Running()).To(BeTrueBecause("SIGHUP asks for a reload at most"))
		})
	})
}
