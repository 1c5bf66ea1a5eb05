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

// Meta's errors for too many messages: of the sending number, and to one person.
const (
	tooFast       = 130429
	tooManyToOne  = 131056
	pairPauseFrom = time.Second // 4^0 s, by Meta's page about rate limits.
)

func (s *suite) pace() {
	// relaxed leaves Meta's pauses room before the fallback.
	relaxed := func(c testkit.Config) {
		c.Set("fallback.after", "20s")
		c.Set("fallback.overall", "20s")
	}

	Describe("Meta's limits", func() {
		It("of the sending number are kept to by the configured rate", Label("RATE-9"), limit, func(ctx SpecContext) {
			const rate, messages = 20, 60
			d := deploymentWith(ctx, []string{"--throughput=20"}, func(c testkit.Config) {
				relaxed(c)
				c.Set("whatsapp.rate", rate)
			})
			started := time.Now()
			for _, id := range postAll(ctx, d, messages) {
				expectDelivery(ctx, d, id, state("read"), attempts(client.WhatsApp))
			}
			Expect(refusals(ctx, d, tooFast)).To(BeZero(), "refused sends")
			// A full second's worth may go at once.
			Expect(time.Since(started)).To(BeNumerically(">", (messages/rate-1)*time.Second), "the rate was kept")
		})

		It("of the sending number slow it down when Meta says so, and nothing is lost", Label("RATE-9"), limit, func(ctx SpecContext) {
			const messages = 60
			d := deploymentWith(ctx, []string{"--throughput=20"}, relaxed) // Configured: 80 a second.
			for _, id := range postAll(ctx, d, messages) {
				expectDelivery(ctx, d, id, state("read"))
			}
			Expect(refusals(ctx, d, tooFast)).To(BeNumerically("<", 2*messages), "refused sends")
			expectCount(ctx, d, "", client.WhatsApp, messages)
			expectCount(ctx, d, "", client.SMS, 0)
		})

		It("of one person are waited for, by this person only", Label("RATE-9", "RTY-4"), limit, func(ctx SpecContext) {
			d := deployment(ctx, relaxed)
			flooded, neighbour := d.Numbers.Next(), d.Numbers.Next()
			Expect(d.Mock.FailNextSend(ctx, flooded, tooManyToOne)).To(Succeed())
			waiting := accepted(ctx, d.Courier, login6(flooded))
			expectDelivery(ctx, d, waiting, HaveField("Attempts", ConsistOf(HaveField("Code", "131056"))))
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(neighbour)), state("read"))
			Expect(d.Courier.Operator().Delivery(ctx, waiting)).To(HaveField("Attempts", HaveLen(1)), "still waiting")

			seen := expectDelivery(ctx, d, waiting, state("read"), attempts(client.WhatsApp, client.WhatsApp))
			Expect(seen.Attempts[1].StartedAt.Sub(seen.Attempts[0].FailedAt)).To(BeNumerically(">=", pairPauseFrom))
		})

		It("that do not end in time lead to SMS", Label("RATE-9", "FBK-3"), limit, func(ctx SpecContext) {
			d := deployment(ctx, nil)
			for range 50 {
				Expect(d.Mock.FailNextSend(ctx, "", tooFast)).To(Succeed())
			}
			for _, id := range postAll(ctx, d, 5) {
				expectDelivery(ctx, d, id, Or(state("handed_over"), state("delivered")))
			}
			expectCount(ctx, d, "", client.SMS, 5)
		})
	})
}

// refusals counts the sends that the mock refused with one of Meta's errors.
func refusals(ctx context.Context, d *testkit.System, code int) int {
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
