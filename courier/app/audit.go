package app

import (
	"errors"
	"net/http"
	"net/netip"

	"github.com/ory/x/logrusx"
	"github.com/sirupsen/logrus"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/admin"
)

// audit logs what operators change, and who does it.
type audit struct {
	log     *logrusx.Logger
	trusted []netip.Prefix
}

func (l audit) changed(r *http.Request, c admin.Change) {
	fields := withTrace(sampledTrace(r.Context()), logrus.Fields{
		"audience": "audit", "action": string(c.Action), "key": c.Key, "remote": clientAddress(r, l.trusted), "outcome": outcome(c.Err),
	})
	if c.To.IsZero() {
		fields["delivery"] = c.Delivery.String()
	} else {
		fields["to"] = c.To.Masked()
	}
	l.log.WithFields(fields).Info("An operator made a change.")
}

// outcome is done, failed, or why it was refused.
func outcome(err error) string {
	refused, forbidden := errors.AsType[*courier.RefusedError](err)
	switch {
	case err == nil:
		return "done"
	case forbidden:
		return "refused: " + refused.Why
	case errors.Is(err, courier.ErrNotFound):
		return "refused: not_found"
	}
	return "failed"
}
