package app

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

// metaSink turns what Meta tells into status reports. webhook knows Meta's
// words, whatsapp knows what an error code means, courier knows what follows.
func metaSink(track func(context.Context, []courier.Report) error, watch metaWatch, o *observer) webhook.Sink {
	return func(ctx context.Context, events []webhook.Event) error {
		// Meta hanging up does not undo what it told.
		ctx = context.WithoutCancel(ctx)
		reports := make([]courier.Report, 0, len(events))
		for _, event := range events {
			if err := watch.see(ctx, event); err != nil {
				return err
			}
			o.webhookReceived(event)
			if report, ok := reportOf(event, watch.numbers.of(event.PhoneNumberID)); ok {
				reports = append(reports, report)
			}
		}
		if err := track(ctx, reports); err != nil {
			return err
		}
		for _, event := range events {
			if identityChanged(event, watch.now()) {
				if err := watch.distrusted(ctx, event); err != nil {
					return err
				}
			}
		}
		// Meta repeats what could not be stored: an event counts once it could.
		for _, event := range events {
			if identityChanged(event, watch.now()) {
				o.identityChanged(event)
			}
		}
		return nil
	}
}

// identityChanged reports whether an event says so, and is about the present.
func identityChanged(e webhook.Event, now time.Time) bool {
	return e.Kind == webhook.KindInbound && e.Name == "customer_identity_changed" &&
		(e.At.IsZero() || !courier.Stale(e.At, now))
}

// reportOf reads a status event of a number. Statuses that mean nothing for a delivery
// give none.
func reportOf(e webhook.Event, number string) (courier.Report, bool) {
	state, known := map[string]courier.AttemptState{
		"sent":      courier.AttemptSent,
		"delivered": courier.AttemptDelivered,
		"read":      courier.AttemptRead,
		"failed":    courier.AttemptFailed,
	}[e.Status]
	if e.Kind != webhook.KindStatus || !known {
		return courier.Report{}, false
	}
	report := courier.Report{
		Provider: number, ProviderID: e.MessageID, State: state, At: e.At,
	}
	if id, attempt, ok := courier.ParseReference(e.CallbackData); ok {
		report.Delivery, report.Attempt = id, attempt
	}
	if state == courier.AttemptFailed {
		code := 0
		if len(e.Errors) > 0 {
			code = e.Errors[0].Code
		}
		verdict := whatsapp.Verdict(code, 0)
		report.Class, report.Code, report.Reason = verdict.Class, verdict.Code, verdict.Reason
	}
	return report, true
}
