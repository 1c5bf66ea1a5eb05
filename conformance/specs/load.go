package specs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

const (
	roundMessages = 40                     // in a round of a load
	roundSpan     = 250 * time.Millisecond // within which a round is interrupted
)

// load is a courier under load that is interrupted again and again.
type load struct {
	deployment
	random *rand.Rand
	// url is where messages are posted, over all restarts.
	url string

	mu sync.Mutex
	// accepted are the messages that were answered 204, with their deliveries.
	accepted map[loadMessage]string
	// cutOff counts the posts that were not answered.
	cutOff int
}

type loadMessage struct{ phone, code string }

// startLoad starts a deployment for a load; configure may be nil.
func (s *suite) startLoad(ctx context.Context, seed uint64, configure func(testkit.Config)) *load {
	GinkgoHelper()
	needs(viaMessages)
	r := &load{
		random:   rand.New(rand.NewPCG(seed, 1)), // #nosec G404 -- chance that can be repeated.
		accepted: map[loadMessage]string{},
	}
	flags := []string{"--throughput=-1", "--pair-every=-1s", "--max-messages=1000000"}
	r.deployment = s.deployWithFlags(ctx, flags, also(func(c testkit.Config) {
		// One person gets many codes here, each to be judged by itself.
		c.Set("limits.per_number.max", 1_000_000)
		c.Set("fallback.supersede_after", "24h")
		c.Set("fallback.absent_for", "0s")
		c.Set("sms.repeat_unknown", 0) // So that every repeat is a fault.
		c.Set("sms.max_per_hour", 1_000_000)
		c.Set("sms.max_per_day", 1_000_000)
		c.Set("whatsapp.rate", 1000)
		c.Set("fallback.after", "1s")
		c.Set("fallback.overall", "2s")
		// A courier that is killed in the middle of a request waits for as long as its answer
		// could have taken, which is to be less than the patience of a spec.
		for _, setting := range []string{"whatsapp.timeout", "sms.timeout"} {
			c.Set(setting, "3s")
		}
	}, configure))
	r.url = r.Courier.MessagesURL()
	// Slow, lost and refused answers, so that many moments are in the middle of
	// something.
	_, err := r.Mock.SetChaos(ctx, client.Chaos{Seed: seed, Faults: []client.Fault{
		{Kind: client.LateAnswer, Rate: 0.6, Delay: client.Duration(200 * time.Millisecond)},
		{Kind: client.LostAnswer, Rate: 0.05},
		{Kind: client.HTTPError, Rate: 0.05},
		{Kind: client.Failed, Rate: 0.1},
		{Kind: client.SentOnly, Rate: 0.1},
	}})
	Expect(err).NotTo(HaveOccurred())
	return r
}

// round posts messages, interrupts the courier in the middle, and posts again
// what got no answer, as Kratos does.
func (r *load) round(ctx context.Context, interrupt func()) {
	GinkgoHelper()
	messages := make(chan loadMessage, roundMessages)
	for range roundMessages {
		messages <- loadMessage{r.Numbers.Next(), randomCode(12)}
	}
	close(messages)
	var unanswered []loadMessage
	var all sync.WaitGroup
	// Early moments are likelier: then messages are still coming in.
	u := r.random.Float64()
	moment := time.Now().Add(time.Duration(u * u * float64(roundSpan)))
	for range posters {
		all.Go(func() {
			defer GinkgoRecover()
			for m := range messages {
				if !r.offer(ctx, m) {
					r.mu.Lock()
					unanswered = append(unanswered, m)
					r.mu.Unlock()
				}
			}
		})
	}
	waitUntil(ctx, moment)
	interrupt()
	all.Wait()
	r.cutOff += len(unanswered)
	for _, m := range unanswered {
		Expect(r.offer(ctx, m)).To(BeTrueBecause("a running courier accepts what Kratos posts again"))
	}
}

// comeBack starts the courier again. Now and then it is killed while it starts.
func (r *load) comeBack(ctx context.Context) {
	GinkgoHelper()
	if r.random.IntN(4) == 0 {
		moment := time.Now().Add(time.Duration(r.random.Int64N(int64(roundSpan / 5))))
		var starting sync.WaitGroup
		starting.Go(func() { _ = r.Courier.Restart(ctx) }) // It may fail: it is killed.
		waitUntil(ctx, moment)
		Expect(r.Courier.Kill()).To(Succeed())
		starting.Wait()
	}
	if !r.Courier.Running() {
		Expect(r.Courier.Restart(ctx)).To(Succeed())
	}
}

// offer posts a message, reports whether it was answered, and remembers it then.
func (r *load) offer(ctx context.Context, m loadMessage) bool {
	GinkgoHelper()
	answer, err := testkit.Do(ctx, http.MethodPost, r.url, payload(loginMessage, m.phone, m.code, nil),
		"Content-Type", "application/json", "X-API-Key", r.Courier.KratosKey)
	if err != nil {
		return false
	}
	expectHarmless(answer)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.accepted[m] = answer.Header.Get("X-Delivery-Id")
	return true
}

// verdict counts what became of the messages.
type verdict struct {
	messages, onWhatsApp, bySMS int
	// explained ended otherwise, and the operator view says why.
	explained map[string]int
	// unknown are attempts whose outcome the courier did not learn at once.
	unknown int
}

func (v verdict) String() string {
	return fmt.Sprintf("%d messages acknowledged, none lost: %d on WhatsApp, %d by SMS, neither with a reason %v; %d attempts of unknown outcome, none repeated",
		v.messages, v.onWhatsApp, v.bySMS, v.explained, v.unknown)
}

// judge compares what was acknowledged with what the phones got.
func (r *load) judge(ctx context.Context) verdict {
	GinkgoHelper()
	v := verdict{messages: len(r.accepted), explained: map[string]int{}}
	seen := map[loadMessage]testkit.Delivery{}
	for m, id := range r.accepted {
		seen[m] = r.expectDelivery(ctx, id, ended())
	}
	got := map[loadMessage]map[string][]client.Message{}
	for _, message := range must(r.Mock.Messages(ctx, client.Filter{})) {
		m := loadMessage{message.To, message.Code}
		if got[m] == nil {
			got[m] = map[string][]client.Message{}
		}
		got[m][message.Channel] = append(got[m][message.Channel], message)
	}
	for m, d := range seen {
		onWhatsApp, bySMS := reached(got[m][client.WhatsApp]), len(got[m][client.SMS]) > 0
		switch {
		case bySMS:
			v.bySMS++
		case onWhatsApp:
			v.onWhatsApp++
		default:
			Expect(d.Reason).NotTo(BeEmpty(), "the phone got nothing and operators see no reason: %+v", d)
			Expect(d.State).To(BeElementOf("failed", "expired"), "the phone got nothing: %+v", d)
			v.explained[d.Reason]++
		}
		for _, channel := range []string{client.WhatsApp, client.SMS} {
			Expect(len(got[m][channel])).To(BeNumerically("<=", 1), "sent twice on %s: %+v", channel, d)
			v.unknown += unknownAttempts(d, channel)
		}
	}
	for m := range got {
		Expect(seen).To(HaveKey(m), "a message that was not requested")
	}
	return v
}

// reached reports whether one of these messages arrived on the phone.
func reached(messages []client.Message) bool {
	for _, m := range messages {
		if _, ok := m.Status("delivered"); ok {
			return true
		}
	}
	return false
}

func unknownAttempts(d testkit.Delivery, channel string) int {
	n := 0
	for _, a := range d.Attempts {
		if a.Channel == channel && (a.State == "unknown" || a.Class == "unknown") {
			n++
		}
	}
	return n
}
