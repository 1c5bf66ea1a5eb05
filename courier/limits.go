package courier

import (
	"slices"
	"strings"
	"time"
)

// Reasons of messages that a rule forbids, beyond those of spent quotas, which
// are the quota's name and "_limit".
const (
	// ReasonCountry: the number's country is not served.
	ReasonCountry = "country_not_served"
	// ReasonKind: numbers of this kind get no messages.
	ReasonKind = "number_kind_refused"
	// ReasonDenied: the number is on the list of those that want no messages.
	ReasonDenied = "number_denied"
)

// Limits protect people from floods of codes.
type Limits struct {
	// NumberMax is how many codes one number gets within NumberWindow.
	NumberMax    int
	NumberWindow time.Duration
	// Total bounds all accepted messages; Max 0 means no bound.
	Total Rate
	// Prefixes bound the messages to numbers that start so. Every one that fits
	// counts.
	Prefixes []PrefixRate
	// Serve are the regions (ISO 3166-1 alpha-2) that get messages; none means
	// all. Refuse are regions that do not, and wins.
	Serve, Refuse []string
	// RefuseKinds are the kinds of numbers that get no messages.
	RefuseKinds []Kind
	// Unused stops prefixes of which too few codes are used.
	Unused Unused
	// KeepPlaces: a message that reached nobody keeps its place in the limit of its number,
	// and one to a number that is denied or blocked takes places like any other. Login pages
	// are told of the limits, and would learn what became of the message.
	KeepPlaces bool
	// Block stops a number after a security event.
	Block Block
}

// Rate is at most Max events in a sliding Window.
type Rate struct {
	Max    int
	Window time.Duration
}

// PrefixRate is a rate for the numbers that start with Prefix, such as "+4470".
// Max 0 means never.
type PrefixRate struct {
	Prefix string
	Rate
}

// accept returns the conditions for taking a message.
func (l Limits) accept(d Delivery, p Policy, repeats time.Duration) AcceptRules {
	rules := AcceptRules{
		RepeatsUntil: d.ExpiresAt.Add(repeats),
		CountWithin:  l.NumberWindow,
		KeepPlaces:   l.KeepPlaces,
		Quotas:       l.ofNumber(d.To, d.AcceptedAt),
	}
	rules.Quotas = append(rules.Quotas, l.ofAll(d.AcceptedAt)...)
	if len(l.Block.Events) > 0 {
		rules.Memories = append(rules.Memories, l.Block.of(d.To, d.AcceptedAt))
	}
	if d.Asked != WhatsApp && p.mode(d.To) == WhatsAppOrSMS {
		rules.Memories = append(rules.Memories, p.absence(d.To, d.AcceptedAt))
	}
	return rules
}

// refused returns why numbers like this one get no messages, or "".
func (l Limits) refused(to Phone) string {
	if len(l.Serve)+len(l.Refuse) > 0 {
		region := to.Region()
		if slices.Contains(l.Refuse, region) || len(l.Serve) > 0 && !slices.Contains(l.Serve, region) {
			return ReasonCountry
		}
	}
	if len(l.RefuseKinds) > 0 && slices.Contains(l.RefuseKinds, to.Kind()) {
		return ReasonKind
	}
	return ""
}

// ofNumber are the limits of a number and of the prefixes that it starts with.
func (l Limits) ofNumber(to Phone, at time.Time) []Quota {
	return append([]Quota{l.own(to, at)}, prefixQuotas(quotaPrefix, l.Prefixes, to, at)...)
}

// returned are those of ofNumber that a message which reached nobody gives back.
func (l Limits) returned(to Phone, at time.Time) []Quota {
	if l.KeepPlaces {
		return prefixQuotas(quotaPrefix, l.Prefixes, to, at)
	}
	return l.ofNumber(to, at)
}

// own is the limit of a number.
func (l Limits) own(to Phone, at time.Time) Quota {
	return Quota{Name: "number", Subject: to.E164(), Max: l.NumberMax, Window: l.NumberWindow, Now: at}
}

// ofAll is the limit over all numbers, if there is one.
func (l Limits) ofAll(at time.Time) []Quota {
	if l.Total.Max == 0 {
		return nil
	}
	return []Quota{{Name: "total", Max: l.Total.Max, Window: l.Total.Window, Now: at}}
}

// absence is the memory that a number is not on WhatsApp.
func (p Policy) absence(to Phone, now time.Time) Quota {
	return Quota{Name: ReasonAbsent, Subject: to.E164(), Max: Unlimited, Window: p.AbsentFor, Now: now}
}

// present erases that memory: at this instant the number was on WhatsApp.
func (p Policy) present(to Phone, at time.Time) Quota {
	q := p.absence(to, at)
	q.Act = Forget
	return q
}

// Budgets protect the purse: an SMS costs money and is what fraudsters farm.
// They count apart from the limits, and stop SMS only.
type Budgets struct {
	// Total bounds the SMS over all numbers, each rate by itself.
	Total []Rate
	// Prefixes bound the SMS to numbers that start so.
	Prefixes []PrefixRate
}

// The quotas of prefixes, and those of the budgets.
const (
	quotaPrefix    = "prefix"
	quotaSMSTotal  = "sms_total"
	quotaSMSPrefix = "sms_prefix"
)

// quotas returns what one SMS spends.
func (b Budgets) quotas(to Phone, at time.Time) []Quota {
	return append(b.ofAll(at), prefixQuotas(quotaSMSPrefix, b.Prefixes, to, at)...)
}

// ofAll are the budgets over all numbers.
func (b Budgets) ofAll(at time.Time) []Quota {
	var quotas []Quota
	for _, rate := range b.Total {
		quotas = append(quotas, Quota{Name: quotaSMSTotal, Subject: rate.Window.String(), Max: rate.Max, Window: rate.Window, Now: at})
	}
	return quotas
}

func prefixQuotas(name string, rates []PrefixRate, to Phone, now time.Time) []Quota {
	var quotas []Quota
	for _, rate := range rates {
		if strings.HasPrefix(to.E164(), rate.Prefix) {
			quotas = append(quotas, prefixQuota(name, rate, now))
		}
	}
	return quotas
}

func prefixQuota(name string, rate PrefixRate, now time.Time) Quota {
	return Quota{Name: name, Subject: rate.Prefix + " " + rate.Window.String(), Max: rate.Max, Window: rate.Window, Now: now}
}
