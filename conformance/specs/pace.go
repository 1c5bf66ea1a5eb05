package specs

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// pairPause is how long Meta wants a sender to wait for one person at first: 4^0 s,
// by its page about rate limits.
const pairPause = time.Second

func (s *suite) pace() {
	// relaxed leaves Meta's pauses room before the fallback.
	relaxed := func(c testkit.Config) {
		c.Set("fallback.after", "20s")
		c.Set("fallback.overall", "20s")
	}

	Describe("Meta's rate limits", func() {
		It("for the sending number are not exceeded at the configured rate", Label("RATE-9"), limit, func(ctx SpecContext) {
			const rate, messages = 20, 60
			d := deployWithFlags(ctx, []string{"--throughput=20"}, func(c testkit.Config) {
				relaxed(c)
				c.Set("whatsapp.rate", rate)
			})
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
			d := deployWithFlags(ctx, []string{"--throughput=20"}, relaxed) // Configured: 80 a second.
			for _, id := range d.postMany(ctx, messages) {
				d.expectDelivery(ctx, id, state("read"))
			}
			Expect(refusals(ctx, d, tooFast)).To(BeNumerically("<", 2*messages), "refused sends")
			d.expectCount(ctx, "", client.WhatsApp, messages)
			d.expectCount(ctx, "", client.SMS, 0)
		})

		It("for one person delay only this person's messages", Label("RATE-9", "RTY-4"), limit, func(ctx SpecContext) {
			d := deploy(ctx, relaxed)
			flooded, neighbour := d.Numbers.Next(), d.Numbers.Next()
			d.failNextSend(ctx, flooded, tooManyToOne)
			waiting := d.post(ctx, login6(flooded))
			d.expectDelivery(ctx, waiting, HaveField("Attempts", ConsistOf(HaveField("Code", "131056"))))
			d.expectDelivery(ctx, d.post(ctx, login6(neighbour)), state("read"))
			Expect(d.Courier.Operator().Delivery(ctx, waiting)).To(HaveField("Attempts", HaveLen(1)), "still waiting")

			seen := d.expectDelivery(ctx, waiting, state("read"), attempts(client.WhatsApp, client.WhatsApp))
			Expect(seen.Attempts[1].StartedAt.Sub(seen.Attempts[0].FailedAt)).To(BeNumerically(">=", pairPause))
		})

		It("lead to SMS when they do not end in time", Label("RATE-9", "FBK-3"), limit, func(ctx SpecContext) {
			d := deploy(ctx, nil)
			for range 50 {
				d.failNextSend(ctx, "", tooFast)
			}
			for _, id := range d.postMany(ctx, 5) {
				d.expectDelivery(ctx, id, wentBySMS())
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
