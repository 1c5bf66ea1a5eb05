package specs

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

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
	return must(d.Mock.WaitForMessages(ctx, client.Filter{To: phone, Channel: channel}, nth))[nth-1]
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
	d.setPhone(ctx, phone, client.SwitchedOff)
}
