package specs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Numbers of other countries than the one of Numbers.
const (
	british   = "+447700900123"
	brazilian = "+5585988887777"
	indian    = "+919876543210"
)

// expectMessage waits for the nth message, from 1, to a number on a channel; an
// empty channel is any.
func (d deployment) expectMessage(ctx context.Context, phone, channel string, nth int) client.Message {
	GinkgoHelper()
	return d.expectMessages(ctx, phone, channel, nth)[nth-1]
}

// givenMessage waits for the first message to a number on a channel where that is
// not the question.
func (d deployment) givenMessage(ctx context.Context, phone, channel string) client.Message {
	GinkgoHelper()
	var message client.Message
	given("the phone gets a message by "+channelName(channel), func() {
		message = d.expectMessage(ctx, phone, channel, 1)
	})
	return message
}

// bystander is another person who asks for a code now and whose phone is off. An SMS
// to this person shows that the fallback works at all.
func (d deployment) bystander(ctx context.Context) (phone string) {
	GinkgoHelper()
	phone = d.Numbers.Next()
	d.switchOff(ctx, phone)
	d.post(ctx, login6(phone))
	return phone
}

// givenFallback is that it works at all, before anything else happens.
func givenFallback(ctx context.Context, d deployment) {
	GinkgoHelper()
	waits(target.WaitFallbackBefore)
	d.givenMessage(ctx, d.bystander(ctx), client.SMS)
}

// expectMessages waits until a number has got that many messages on a channel; an
// empty channel is any, and an empty number is all of them.
func (d deployment) expectMessages(ctx context.Context, phone, channel string, count int) []client.Message {
	GinkgoHelper()
	// The mock needs some of the time to say what is there.
	limited, cancel := context.WithTimeout(ctx, d.patience()+time.Second)
	defer cancel()
	messages, err := d.Mock.WaitForMessages(limited, client.Filter{To: phone, Channel: channel}, count)
	if errors.Is(err, context.DeadlineExceeded) {
		got := must(d.Mock.Messages(ctx, client.Filter{To: phone}))
		Fail(missing(channel, count, d.deadline(), got))
	}
	return must(messages, err)
}

// missing says that the nth message on a channel did not come, and what did.
func missing(channel string, nth int, deadline time.Duration, got []client.Message) string {
	what := channelName(channel)
	if nth > 1 {
		what = fmt.Sprintf("%s %d", what, nth)
	}
	return fmt.Sprintf("no %s within %s after the deadline of %s; %s", what, lateBy, deadline, whatCame(got))
}

// whatCame names the messages to a phone, and how far each of them got.
func whatCame(got []client.Message) string {
	if len(got) == 0 {
		return "the phone got nothing"
	}
	seen, list := map[string]int{}, make([]string, 0, len(got))
	for _, m := range got {
		seen[m.Channel]++
		status := "no status"
		if len(m.Statuses) > 0 {
			status = m.Statuses[len(m.Statuses)-1].Name
		}
		list = append(list, fmt.Sprintf("%s %d (%s)", channelName(m.Channel), seen[m.Channel], status))
	}
	return "the phone got: " + strings.Join(list, ", ")
}

func channelName(channel string) string {
	switch channel {
	case client.WhatsApp:
		return "WhatsApp"
	case client.SMS:
		return "SMS"
	}
	return "message"
}

// expectCount compares how many messages a number got on a channel; an empty one
// is any. It does not wait.
func (d deployment) expectCount(ctx context.Context, phone, channel string, count int) {
	GinkgoHelper()
	Expect(must(d.Mock.Messages(ctx, client.Filter{To: phone, Channel: channel}))).To(HaveLen(count),
		"messages on %s", channel)
}

// setPhone puts a phone into one of the states of client.Handset.
func (d deployment) setPhone(ctx context.Context, phone string, state client.HandsetState) {
	GinkgoHelper()
	Expect(d.Mock.SetHandset(ctx, phone, client.Handset{State: state})).To(Succeed())
}

// switchOff turns a phone off: WhatsApp messages are sent but not delivered.
func (d deployment) switchOff(ctx context.Context, phone string) {
	GinkgoHelper()
	waits(target.WaitFallback)
	d.setPhone(ctx, phone, client.SwitchedOff)
}
