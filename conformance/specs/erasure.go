package specs

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) erasure() {
	Describe("a courier", func() {
		It("writes no code in clear into its files", Label("SEC-2"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, nil)
			needs(viaFiles)
			codes, _ := sendCanaries(ctx, d)
			Expect(must(codes.findStored(ctx, d.Courier, d.Courier.LogFiles()...))).To(BeEmpty())
		})
	})

	Describe("the ciphertext of a code", func() {
		It("is gone from the files once its delivery has ended, however it ended", Label("USE-7"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			const (
				newer  = time.Second
				abroad = british
			)
			secret := testkit.Secret()
			needs(viaInside)
			sealed := must(newSealedCodes(secret))
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("secrets.cipher", []string{secret})
				c.Set("fallback.after", "8s")
				c.Set("fallback.overall", "8s")
				c.Set("fallback.min_rest", "1s")
				c.Set("fallback.supersede_after", newer.String())
				c.Set("fallback.countries", map[string]any{"GB": "whatsapp_only"})
				c.Set("kratos.code_lifespan", "14s")
				c.Set("limits.per_number.max", 2)
			})
			var ids, codes []string
			post := func(phone string) string {
				GinkgoHelper()
				codes = append(codes, randomCode(6))
				ids = append(ids, d.post(ctx, payload(loginMessage, phone, codes[len(codes)-1], map[string]any{"flow": phone})))
				return ids[len(ids)-1]
			}
			found := func() []string {
				GinkgoHelper()
				return must(sealed.stored(ctx, d.Courier, ids))
			}
			live := func(phone string) string {
				GinkgoHelper()
				d.switchOff(ctx, phone)
				id := post(phone)
				d.expectMessage(ctx, phone, client.WhatsApp, 1)
				return id
			}

			By("while they live")
			reads, in, twice := d.Numbers.Next(), d.Numbers.Next(), d.Numbers.Next()
			unsubscribed, silent := d.Numbers.Next(), d.Numbers.Next()
			d.plant(ctx, client.Fault{Kind: client.SMSError, Number: unsubscribed, Code: hasUnsubscribed})
			ends := map[string]string{
				live(reads): "read", live(in): "cancelled", live(twice): "superseded",
				live(unsubscribed): "failed", live(silent): "handed_over", live(abroad): "expired",
			}
			Expect(found()).To(ConsistOf(codes), "it can be found")

			By("the end of each")
			d.setPhone(ctx, reads, client.OnWhatsApp)
			d.postLogin(ctx, in)
			waitUntil(ctx, d.expectMessage(ctx, twice, client.WhatsApp, 1).At.Add(newer))
			ends[post(twice)] = "handed_over"
			ends[post(twice)] = "suppressed" // The limit of the number.
			ids = append(ids, d.post(ctx, unknownType(d.Numbers.Next())))
			ends[ids[len(ids)-1]] = "suppressed"
			for id, end := range ends {
				d.expectDelivery(ctx, id, state(end))
			}

			By("one that lives on")
			live(d.Numbers.Next())
			needs(viaProcess)
			Expect(d.Courier.Stop(ctx)).To(Succeed())
			Expect(found()).To(ConsistOf(codes[len(codes)-1]), "the only one that is left")
		})

		It("is overwritten where a row was moved or deleted", Label("SEC-2"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			const people = 60
			secret := testkit.Secret()
			needs(viaInside)
			needs(viaSQLite)
			sealed := must(newSealedCodes(secret))
			d := s.deployWithFlags(ctx, []string{"--throughput=-1"}, func(c testkit.Config) {
				c.Set("secrets.cipher", []string{secret})
				c.Set("whatsapp.rate", 1000)
			})
			ids := make([]string, people)
			for i := range ids {
				phone := d.Numbers.Next()
				d.switchOff(ctx, phone)
				ids[i] = d.post(ctx, login6(phone))
			}
			Expect(must(sealed.stored(ctx, d.Courier, ids))).To(HaveLen(people), "it can be found")
			for _, id := range ids {
				d.expectDelivery(ctx, id, state("handed_over"), attempts(client.WhatsApp, client.SMS))
			}
			needs(viaProcess)
			Expect(d.Courier.Stop(ctx)).To(Succeed())
			Expect(must(sealed.stored(ctx, d.Courier, ids))).To(BeEmpty())
		})
	})
}
