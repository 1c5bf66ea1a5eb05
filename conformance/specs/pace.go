package specs

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// pairPause is how long Meta wants a sender to wait for one person at first: 4^0 s,
// by its page about rate limits.
const pairPause = time.Second

func (s *suite) pace() {
	// relaxed leaves Meta's pauses room before the fallback.
	relaxed := target.Settings{FallbackAfter: "20s", FallbackOverall: "20s"}

	Describe("Meta's rate limits", func() {
		It("for the sending number are not exceeded at the configured rate", Label("RATE-9"), limit, func(ctx SpecContext) {
			const rate, messages = 20, 60
			d := s.deployWithFlags(ctx, []string{"--throughput=20"}, func(c testkit.Config) {
				c.Set("fallback.after", relaxed.FallbackAfter)
				c.Set("fallback.overall", relaxed.FallbackOverall)
				c.Set("whatsapp.rate", rate)
			})
			// Until then, replicas that start at the same time may each take all of the rate.
			Eventually(d.Courier.Operator().AllKnown).WithContext(ctx).Should(BeTrueBecause("replicas hear of each other"))
			started := time.Now()
			for _, id := range d.postMany(ctx, messages) {
				d.expectDelivery(ctx, id, state("read"), attempts(client.WhatsApp))
			}
			Expect(refusals(ctx, d, tooFast)).To(BeZero(), "refused sends")
			// A full second's worth may go at once.
			Expect(time.Since(started)).To(BeNumerically(">", (messages/rate-1)*time.Second), "the rate was kept")
		})

		It("for the sending number slow the courier down, and no message is lost", Label("RATE-9"), limit, func(ctx SpecContext) {
			const messages = 60
			o := withoutKratos([]string{"--throughput=20"}, nil) // A courier takes it for 80 a second.
			o.Courier.Settings = relaxed
			d := s.deploySystem(ctx, o)
			ids := d.postMany(ctx, messages)
			d.expectMessages(ctx, "", client.WhatsApp, messages)
			for _, id := range ids {
				d.operatorView().see(ctx, id, state("read"))
			}
			Expect(refusals(ctx, d, tooFast)).To(BeNumerically("<", 2*messages), "refused sends")
			d.expectCount(ctx, "", client.WhatsApp, messages)
			d.expectCount(ctx, "", client.SMS, 0)
		})

		It("for one person delay only this person's messages", Label("RATE-9"), limit, func(ctx SpecContext) {
			d := s.deployWith(ctx, relaxed)
			flooded, neighbour := d.Numbers.Next(), d.Numbers.Next()
			d.failNextSend(ctx, flooded, tooManyToOne)
			waiting := d.post(ctx, login6(flooded))
			Eventually(func() []client.Call { return tries(ctx, d.Mock, flooded) }).WithContext(ctx).Should(HaveLen(1), "requests to Meta")
			d.post(ctx, login6(neighbour))
			first := d.expectMessage(ctx, neighbour, client.WhatsApp, 1)
			second := d.expectMessage(ctx, flooded, client.WhatsApp, 1)
			Expect(first.At).To(BeTemporally("<", second.At), "the neighbour did not wait")

			tries := tries(ctx, d.Mock, flooded)
			Expect(tries).To(HaveLen(2), "requests to Meta")
			Expect(tries[1].At.Sub(tries[0].At)).To(BeNumerically(">=", pairPause))
			d.operatorView().see(ctx, waiting, state("read"), attempts(client.WhatsApp, client.WhatsApp))
		})

		It("lead to SMS when they do not end in time", Label("RATE-9"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, nil)
			for range 50 {
				d.failNextSend(ctx, "", tooFast)
			}
			ids := d.postMany(ctx, 5)
			d.expectMessages(ctx, "", client.SMS, 5)
			for _, id := range ids {
				d.operatorView().see(ctx, id, wentBySMS())
			}
			d.expectCount(ctx, "", client.SMS, 5)
		})
	})
}

// refusals counts the sends that the mock refused with one of Meta's errors.
func refusals(ctx context.Context, d deployment, code int) int {
	GinkgoHelper()
	n := 0
	for _, call := range must(d.Mock.Calls(ctx)) {
		var answer struct {
			Error struct {
				Code int `json:"code"`
			} `json:"error"`
		}
		if strings.HasSuffix(call.Path, "/messages") && json.Unmarshal(call.Answer, &answer) == nil && answer.Error.Code == code {
			n++
		}
	}
	return n
}
