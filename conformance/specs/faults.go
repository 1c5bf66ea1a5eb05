package specs

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Meta's error codes.
const (
	tokenExpired       = 190
	tooFast            = 130429 // The sending number sends too much.
	serviceUnavailable = 131016
	notOnWhatsApp      = 131026
	noPayment          = 131042
	accountLocked      = 131031
	tooManyToOne       = 131056 // One person gets too much.
	noSuchTranslation  = 132001
	identityChanged    = 137000
)

// hasUnsubscribed is Twilio's error for a person who wants no SMS.
const hasUnsubscribed = 21610

// failNextSend lets Meta refuse the next send to a number with one of its error
// codes; an empty number is any.
func (d deployment) failNextSend(ctx context.Context, phone string, code int) {
	GinkgoHelper()
	Expect(d.Mock.FailNextSend(ctx, phone, code)).To(Succeed())
}

// manySends is more than a courier tries.
const manySends = 10

// failSends lets Meta refuse all sends to a number with one of its error codes.
func failSends(ctx context.Context, d deployment, phone string, code int) {
	GinkgoHelper()
	for range manySends {
		d.failNextSend(ctx, phone, code)
	}
}

// plant lets the mock misbehave once for each of these faults.
func (d deployment) plant(ctx context.Context, faults ...client.Fault) {
	GinkgoHelper()
	for _, fault := range faults {
		Expect(d.Mock.Plant(ctx, fault)).To(Succeed())
	}
}
