package app

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

// condition is what one of Meta's updates says about everyone's messages.
type condition struct {
	part   string
	broken bool
	code   string
	reason string
}

// conditionOf reads the updates that say that account or template went out of
// order, or came back. `variant` tells which of our variants a template is.
func conditionOf(e webhook.Event, variant func(template, language string) (string, bool)) (condition, bool) {
	switch {
	case e.Kind == webhook.KindFault && len(e.Errors) > 0:
		verdict := whatsapp.Verdict(e.Errors[0].Code, 0)
		return condition{
			part: courier.Account, broken: true, code: strconv.Itoa(e.Errors[0].Code), reason: verdict.Reason,
		}, verdict.Class.Traits().Blame == courier.BlameAccount
	case e.Kind != webhook.KindUpdate:
		return condition{}, false
	case e.Field == "message_template_status_update":
		part, ours := variant(e.Template, e.Language)
		broken, known := templateState(e.Name, e.Details)
		return condition{part: part, broken: broken, code: e.Name, reason: "Meta reports the template as " + e.Name}, ours && known
	case e.Field == "account_update":
		broken, known := accountState(e.Name, e.Details)
		return condition{part: courier.Account, broken: broken, code: e.Name, reason: "Meta reports " + e.Name + " of the account"}, known
	}
	return condition{}, false
}

// qualityOf reads the update that says of which quality a variant of our template is now.
func qualityOf(e webhook.Event, variant func(template, language string) (string, bool)) (of, quality string, ok bool) {
	if e.Kind != webhook.KindUpdate || e.Field != "message_template_quality_update" || e.Name == "" {
		return "", "", false
	}
	of, ok = variant(e.Template, e.Language)
	return of, e.Name, ok
}

// templateState reads the events of Meta's message_template_status_update.
func templateState(event string, details []string) (broken, known bool) {
	if slices.Contains(details, "UNPAUSE") {
		return false, true
	}
	switch event {
	case "APPROVED", "REINSTATED", "UNARCHIVED":
		return false, true
	case "PAUSED", "DISABLED", "REJECTED", "PENDING_DELETION", "DELETED", "ARCHIVED", "LOCKED", "LIMIT_EXCEEDED":
		return true, true
	}
	return false, false
}

// accountState reads the events of Meta's account_update. A violation alone
// stops nothing.
func accountState(event string, details []string) (broken, known bool) {
	switch event {
	case "DISABLED_UPDATE":
		return slices.Contains(details, "DISABLE"), slices.Contains(details, "DISABLE") || slices.Contains(details, "REINSTATE")
	case "ACCOUNT_RESTRICTION":
		return true, slices.Contains(details, "RESTRICTED_BIZ_INITIATED_MESSAGING")
	case "ACCOUNT_DELETED":
		return true, true
	}
	return false, false
}

// writer returns the person who has written or pressed a button. What WhatsApp
// itself tells of a number, such as that its owner has another one now, is no
// message of a person.
func writer(e webhook.Event) (courier.Phone, bool) {
	if e.Kind != webhook.KindInbound || e.System || e.From == "" || e.At.IsZero() {
		return courier.Phone{}, false
	}
	from, err := courier.ParsePhone("+" + e.From)
	return from, err == nil
}

// metaWatch acts on what Meta tells beside the statuses.
type metaWatch struct {
	breakers *courier.Breakers
	// numbers are the names of our sending numbers, by Meta's id.
	numbers numberNames
	variant func(template, language string) (string, bool)
	// quality hears what Meta says about a variant.
	quality func(variant, quality string)
	// foreign hears of reports about a sending number that is not ours.
	foreign func(phoneNumberID string)
	disown  func(ctx context.Context, provider, providerID string) error
	seen    func(ctx context.Context, from courier.Phone, at time.Time) error
	// distrust notes that another person may have a number; nil where nothing follows
	// from that.
	distrust func(ctx context.Context, from courier.Phone, since time.Time) error
	now      func() time.Time
}

// distrusted acts on a changed identity, unless its number is not known.
func (w metaWatch) distrusted(ctx context.Context, e webhook.Event) error {
	from, err := courier.ParsePhone("+" + e.From)
	if w.distrust == nil || err != nil {
		return nil //nolint:nilerr // Meta does not tell the number of everybody
	}
	since := e.At
	if since.IsZero() {
		since = w.now()
	}
	return w.distrust(ctx, from, since)
}

func (w metaWatch) see(ctx context.Context, e webhook.Event) error {
	if from, ok := writer(e); ok {
		if err := w.seen(ctx, from, e.At); err != nil {
			return err
		}
	}
	if e.Kind == webhook.KindInbound && e.Name == "DID_NOT_REQUEST_CODE" && e.MessageID != "" {
		return w.disown(ctx, w.numbers.of(e.PhoneNumberID), e.MessageID)
	}
	if e.Kind == webhook.KindForeign && e.Field == "messages" && e.PhoneNumberID != "" {
		w.foreign(e.PhoneNumberID)
	}
	if variant, quality, ok := qualityOf(e, w.variant); ok {
		w.quality(variant, quality)
	}
	c, ok := conditionOf(e, w.variant)
	if ok && e.Kind == webhook.KindFault {
		c.part = w.breakers.Routes.AccountPart(w.numbers.of(e.PhoneNumberID))
	}
	at := e.At
	if at.IsZero() && ok {
		at = w.now()
	}
	switch {
	case !ok, courier.Stale(at, w.now()):
	case c.broken:
		w.breakers.Open(c.part, c.code, c.reason, true, w.now())
	default:
		// Meta tells whole seconds, cut off.
		w.breakers.Close(c.part, true, at.Add(time.Second))
	}
	return nil
}
