package courier

import (
	"slices"
	"time"
)

// learn draws conclusions for everyone from what happened to one attempt. With
// `reported`, a report said so after the provider had answered.
func (b *Breakers) learn(a Attempt, reported bool, now time.Time) {
	if reported && a.Channel == WhatsApp {
		b.heard(now)
		b.learnClock(a, now)
	}
	if Stale(a.StartedAt, now) || !b.Routes.have(a.Provider) {
		return
	}
	if a.Channel == WhatsApp {
		b.learnFault(a, reported, now)
	} else {
		b.learnSMS(a, reported, now)
	}
}

// learnFault: what Meta says about the account or a variant of the template.
func (b *Breakers) learnFault(a Attempt, reported bool, now time.Time) {
	blame := a.Class.Traits().Blame
	switch {
	case a.State == AttemptFailed && blame == BlameAccount:
		b.Open(b.Routes.part(Account, WhatsApp, a.Provider), a.Code, a.Reason, reported, now)
	case a.State == AttemptFailed && blame == BlameTemplate && a.Variant != "":
		b.Open(a.Variant, a.Code, a.Reason, reported, now)
	case a.got():
		b.Close(Account, reported, a.StartedAt)
		b.Close(b.Routes.part(Account, WhatsApp, a.Provider), reported, a.StartedAt)
		b.Close(a.Variant, reported, a.StartedAt)
	}
}

// justNow is how long ago another process may have recorded a failure that is news here.
const justNow = 10 * time.Second

// learnElsewhere: what Meta has said, to another process, about the account or a variant of
// the template, in the latest attempt of a delivery that was taken over just now. What is
// known here already, or was mended since that attempt began, is no news.
func (b *Breakers) learnElsewhere(d Delivery, now time.Time) {
	a := d.Last(WhatsApp)
	if a == nil || a.State != AttemptFailed || now.Sub(d.UpdatedAt) > justNow || Stale(a.StartedAt, now) || !b.Routes.have(a.Provider) {
		return
	}
	for _, part := range []string{b.Routes.part(Account, WhatsApp, a.Provider), a.Variant} {
		if b.Broken(part) || !a.StartedAt.After(b.mendedAt(part)) {
			return
		}
	}
	b.learnFault(*a, !a.AcceptedAt.IsZero(), now)
}

// mendedAt is up to when a part was last proved to be in order again; zero if it never
// was degraded.
func (b *Breakers) mendedAt(part string) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mended[part]
}

// learnSMS: what the SMS provider says about us. That it refuses our request as wrong
// counts when it says so at once; in a receipt it may be one carrier's word.
func (b *Breakers) learnSMS(a Attempt, reported bool, now time.Time) {
	part, blame := b.answering(a), a.Class.Traits().Blame
	switch {
	case a.State == AttemptFailed && (blame == BlameAccount || blame == BlameRequest && !reported):
		b.Open(part, a.Code, a.Reason, reported, now)
	case a.got():
		b.closeOutage(part, a, reported)
	}
}

// learnAnswer: whether the provider answers at all. What says neither, such as a
// message that needed no request, is passed over.
func (b *Breakers) learnAnswer(to Phone, a Attempt, now time.Time) {
	part, unanswered := b.answering(a), a.unanswered()
	if !unanswered && !a.answered() {
		return
	}
	b.mu.Lock()
	if b.seen == nil {
		b.seen = make(map[string]answers)
	}
	b.seen[part] = b.Outage.next(b.seen[part], answer{to, now, unanswered})
	count, outage := b.Outage.unanswered(b.seen[part], now)
	of := len(b.seen[part])
	b.mu.Unlock()
	switch {
	case unanswered && outage:
		b.Open(part, a.Code, unansweredAdvice(count, of, a), false, now)
	case !unanswered && part == NoAnswer:
		// Any answer from Meta proves that it answers.
		b.closeOutage(part, a, true)
	}
}

// answering is the part that stands for whether the provider of an attempt answers. All
// WhatsApp numbers share one: it is always Meta that is asked.
func (b *Breakers) answering(a Attempt) string {
	if a.Channel == WhatsApp {
		return NoAnswer
	}
	return b.Routes.part(SMSProvider, SMS, a.Provider)
}

// answered reports whether the provider answered in its own words: a proxy in
// between knows none of its codes.
func (a *Attempt) answered() bool {
	return a.got() || a.State == AttemptFailed && a.Code != "" && !a.Class.Traits().Unanswered()
}

// unanswered reports whether it did not: a timeout, a broken connection, a 5xx, or
// a request that a proxy or a certificate stopped on its way.
func (a *Attempt) unanswered() bool {
	if a.got() {
		return false
	}
	traits := a.Class.Traits()
	return traits.Unanswered() || traits.Blame == BlameRequest && a.Code == ""
}

// closeOutage closes the breaker of a provider. What was seen before
// then counts no more.
func (b *Breakers) closeOutage(part string, a Attempt, reported bool) {
	if b.Close(part, reported, a.StartedAt) {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.seen, part)
	}
}

// learnSilence: a message that WhatsApp took, of which nothing was reported in
// time.
func (b *Breakers) learnSilence(now time.Time) {
	b.mu.Lock()
	b.silent = b.Outage.nextSilence(b.silent, now)
	outage, advice := b.Outage.silent(b.silent), b.silent.advice()
	b.mu.Unlock()
	if outage {
		b.Open(Webhooks, "", advice, true, now)
	}
}

// HeardOfOther notes that a report came of a sending number that is not ours, by its
// id at Meta: in a silence it may be the one that we should have.
func (b *Breakers) HeardOfOther(phoneNumberID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.silent.elsewhere = phoneNumberID
}

// heard notes that a report came.
func (b *Breakers) heard(now time.Time) {
	b.mu.Lock()
	b.silent, b.lastReport = silence{heard: true}, now
	b.mu.Unlock()
	b.Close(Webhooks, true, now)
}

// HeardElsewhere notes when the last report came that another replica knows of: this one
// may get none itself. Messages given up since then still count.
func (b *Breakers) HeardElsewhere(at time.Time) {
	b.mu.Lock()
	news := at.After(b.lastReport)
	if news {
		since := slices.DeleteFunc(slices.Clone(b.silent.givenUp), func(givenUp time.Time) bool { return !givenUp.After(at) })
		b.silent, b.lastReport = silence{heard: true, givenUp: since}, at
	}
	b.mu.Unlock()
	if news {
		b.Close(Webhooks, true, at)
	}
}

// HeardRefused notes that a webhook was refused for its signature: in a silence that
// may be why no report comes.
func (b *Breakers) HeardRefused() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.silent.refused++
}

// learnBudget: the budget for all SMS is spent, or (nil) has room again.
func (b *Breakers) learnBudget(spent *QuotaError, now time.Time) {
	switch {
	case spent == nil:
		b.Close(SMSBudget, true, now)
	case spent.Quota == quotaSMSTotal:
		b.Open(SMSBudget, "", "the budget for all SMS is spent: raise sms.max_per_hour or sms.max_per_day, or find out who causes them", false, now)
	}
}

// got reports whether the provider took the message, and has not failed it since.
func (a *Attempt) got() bool {
	return attemptOrder(a.State) >= attemptOrder(AttemptAccepted) && a.State != AttemptFailed
}
