package courier_test

import (
	"fmt"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// The plan is a pure function: what has happened so far and what time it is
// decide what comes next.
func ExamplePolicy_Next() {
	policy := courier.Policy{
		Mode:            courier.WhatsAppOrSMS,
		MinRest:         10 * time.Second,
		FallbackAfter:   30 * time.Second,
		FallbackOverall: time.Minute,
	}
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	delivery := courier.Delivery{
		State: courier.StateSent, AcceptedAt: noon, ExpiresAt: noon.Add(5 * time.Minute),
		Attempts: []courier.Attempt{{
			N: 1, Channel: courier.WhatsApp, State: courier.AttemptSent, StartedAt: noon, AcceptedAt: noon,
		}},
	}
	step := policy.Next(delivery, noon.Add(10*time.Second))
	fmt.Println("wait until", step.At.Format(time.TimeOnly))
	step = policy.Next(delivery, noon.Add(30*time.Second))
	fmt.Println("send by", step.Channel)
	// Output:
	// wait until 12:00:30
	// send by sms
}
