package specs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// posters is how many posts are under way at the same time when many are made.
const posters = 8

// post posts a message as Kratos does. What the courier answers is a question of
// RTY-8: here it is given that it accepts. It returns the delivery's id, or "" for
// a courier whose ids this suite does not know.
func (d deployment) post(ctx context.Context, body string) (id string) {
	GinkgoHelper()
	given("the courier accepts the message", func() { id = d.expectAccepted(ctx, body) })
	return id
}

// expectAccepted posts a message and expects an answer after which Kratos neither
// posts it again nor waits.
func (d deployment) expectAccepted(ctx context.Context, body string) string {
	GinkgoHelper()
	answer := d.postAs(ctx, d.Courier.KratosKey, body)
	if d.Courier.Foreign() {
		Expect(answer.Status).To(BeNumerically("~", 249, 50), "an answer that makes Kratos post again: %v", answer)
		Expect(answer.Header).NotTo(HaveKey("Retry-After"), "Kratos v1.3.1 would sleep for everyone")
		return ""
	}
	expectHarmless(answer)
	Expect(answer.Body).To(BeEmpty(), "a body would keep a connection of Kratos open")
	id := answer.Header.Get("X-Delivery-Id")
	Expect(id).NotTo(BeEmpty(), "X-Delivery-Id")
	return id
}

// postAs posts a body to the endpoint for Kratos' messages with this key.
func (d deployment) postAs(ctx context.Context, key, body string) testkit.Answer {
	GinkgoHelper()
	needs(viaMessages)
	return must(testkit.Do(ctx, http.MethodPost, d.Courier.MessagesURL(), body,
		append(d.Courier.KratosHeader(key), "Content-Type", "application/json")...))
}

// postAtOnce posts all these messages at the same time and returns the
// deliveries.
func (d deployment) postAtOnce(ctx context.Context, bodies []string) []string {
	GinkgoHelper()
	ids := make([]string, len(bodies))
	var all sync.WaitGroup
	for i, body := range bodies {
		all.Go(func() {
			defer GinkgoRecover()
			ids[i] = d.post(ctx, body)
		})
	}
	all.Wait()
	return ids
}

// postMany posts that many login messages, several at a time, each to a number
// of its own, and returns the deliveries.
func (d deployment) postMany(ctx context.Context, messages int) []string {
	GinkgoHelper()
	ids, next := make([]string, messages), make(chan int, messages)
	bodies := make([]string, messages)
	for i := range messages {
		bodies[i] = login6(d.Numbers.Next())
		next <- i
	}
	close(next)
	var all sync.WaitGroup
	for range posters {
		all.Go(func() {
			defer GinkgoRecover()
			for i := range next {
				ids[i] = d.post(ctx, bodies[i])
			}
		})
	}
	all.Wait()
	return ids
}

// postLogin posts the event of a login as Kratos' web hook does.
func (d deployment) postLogin(ctx context.Context, phone string) {
	GinkgoHelper()
	needs(viaEvents)
	event := string(must(json.Marshal(map[string]string{"event": "login", "phone": phone})))
	expectHarmless(must(testkit.Do(ctx, http.MethodPost, d.Courier.EventsURL(), event,
		append(d.Courier.KratosHeader(d.Courier.KratosKey), "Content-Type", "application/json")...)))
}

// expectHarmless expects what neither makes Kratos post again nor sleep.
func expectHarmless(answer testkit.Answer) {
	GinkgoHelper()
	Expect(answer).To(HaveField("Status", http.StatusNoContent), fmt.Sprintf("%v", answer))
	Expect(answer.Header).NotTo(HaveKey("Retry-After"))
}
