package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// describe is what came of an attempt so far.
func (a trialAttempt) describe() string {
	by := map[string]string{"whatsapp": "WhatsApp", "sms": "SMS"}[a.Channel] + " by " + a.Provider
	switch courier.AttemptState(a.State) {
	case courier.AttemptSending:
		return by + ": request"
	case courier.AttemptUnknown:
		return by + ": no answer, so it may have been sent"
	case courier.AttemptAccepted:
		return by + ": taken"
	case courier.AttemptFailed:
		return strings.TrimSpace(by + ": failed " + a.Code + " " + a.Reason)
	case courier.AttemptSent, courier.AttemptDelivered, courier.AttemptRead:
	}
	return by + ": " + a.State
}

// judge says whether a code that was asked for on a channel came to the phone by it.
func (d trialState) judge(channel courier.Channel) (findings []Finding, fact string) {
	where := trialOf(channel)
	last := d.last(channel)
	if last == nil {
		why := cmp.Or(d.NoWhatsApp, d.Reason, d.State)
		if channel == courier.SMS {
			why = cmp.Or(d.NoSMS, d.Reason, d.State)
		}
		return []Finding{{Error, where, "it was not tried on this channel: " + why, "see what is degraded (--url), fallback.mode, and the budgets of sms"}}, ""
	}
	switch courier.AttemptState(last.State) {
	case courier.AttemptDelivered, courier.AttemptRead:
		return nil, "on the phone by " + last.Provider
	case courier.AttemptFailed:
		return []Finding{{
			Error, where, strings.TrimSpace(fmt.Sprintf("%s failed: %s %s", last.Provider, last.Code, last.Reason)),
			"look the code up in the provider's list; doctor without --send finds wrong settings",
		}}, ""
	case courier.AttemptUnknown, courier.AttemptSending:
		return []Finding{{Error, where, last.Provider + " did not answer", "check the network from here to the provider, and its status page"}}, ""
	case courier.AttemptAccepted, courier.AttemptSent:
	}
	if d.State == string(courier.StateHandedOver) && channel == courier.SMS {
		return nil, "taken by " + last.Provider + ", which reports nothing later: look at the phone"
	}
	heard := "nothing was reported of it"
	if last.State == string(courier.AttemptSent) {
		heard = "that it arrived was not reported"
	}
	return []Finding{{
		Error, where, fmt.Sprintf("%s took it, and %s; in the end it was %s", last.Provider, heard, d.outcome()),
		"look at the phone: if the code is there, reports do not reach the courier (--public-url); if not, the phone was off, or has no WhatsApp",
	}}, ""
}

// outcome is how a delivery ended, in words.
func (d trialState) outcome() string {
	if n := len(d.Attempts); n > 0 && d.Attempts[n-1].Channel == string(courier.SMS) {
		return "sent by SMS (" + d.State + ")"
	}
	return d.State
}

// last is the newest attempt on a channel, or nil.
func (d trialState) last(channel courier.Channel) *trialAttempt {
	for _, a := range slices.Backward(d.Attempts) {
		if a.Channel == string(channel) {
			return &a
		}
	}
	return nil
}
