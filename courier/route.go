package courier

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"time"
)

// Route is one way by which the messages of a channel leave: a WhatsApp number, or
// an SMS provider. Texts, budgets and limits belong to the channel.
type Route struct {
	// Name is the name of its sender, as attempts, logs and metrics have it. No two
	// routes have the same.
	Name    string
	Channel Channel
	// Regions are those that it serves (ISO 3166-1 alpha-2, such as "BR"); none means
	// all.
	Regions []string
	// Weight is the route's share of the people that go by routes with a weight. Routes
	// without one are reserves, used in their order when those with a weight cannot
	// send.
	Weight int
	// Rate is how many messages a second may leave by it; 0 is no limit.
	Rate int
}

// Routes are those of all channels, in their order of preference.
type Routes []Route

// of returns the routes of a channel.
func (r Routes) of(c Channel) Routes {
	return filter(r, func(r Route) bool { return r.Channel == c })
}

// serving returns the routes of a channel to a person, the best first. One person
// goes by the same route again and again, so that the codes stand in one chat.
func (r Routes) serving(to Phone, c Channel) Routes {
	routes := filter(r.of(c), func(r Route) bool {
		return len(r.Regions) == 0 || slices.Contains(r.Regions, to.Region())
	})
	slices.SortStableFunc(routes, func(a, b Route) int { return cmp.Compare(b.turn(to), a.turn(to)) })
	return routes
}

// turn is a number that is the highest of all routes for a share of the people that is
// as large as the route's weight (weighted rendezvous hashing).
func (r Route) turn(to Phone) float64 {
	if r.Weight <= 0 {
		return 0
	}
	sum := sha256.Sum256([]byte(r.Name + " " + to.E164()))
	share := (float64(binary.BigEndian.Uint64(sum[:])>>11) + 0.5) / (1 << 53)
	return -float64(r.Weight) / math.Log(share)
}

func filter(r Routes, keep func(Route) bool) Routes {
	return slices.DeleteFunc(slices.Clone(r), func(r Route) bool { return !keep(r) })
}

// routes returns those by which a delivery may leave on a channel now, the best first.
// One that may have taken the message already comes last. When none is left it
// returns all that serve the person: that there is a send at all is for the plan to
// say.
func (p Policy) routes(d Delivery, c Channel, now time.Time) Routes {
	serving := p.Routes.serving(d.To, c)
	open := filter(serving, func(r Route) bool { return !p.passedOver(d, r, now) })
	if len(open) == 0 {
		return serving
	}
	slices.SortStableFunc(open, func(a, b Route) int { return cmp.Compare(d.mayHave(a), d.mayHave(b)) })
	return open
}

// mayHave counts the requests by a route after which the person may have the message.
func (d *Delivery) mayHave(r Route) int {
	n := 0
	for _, a := range d.Attempts {
		if a.Provider == r.Name && (a.State == AttemptUnknown || a.State == AttemptSending) {
			n++
		}
	}
	return n
}

// again returns from when a message may leave once more on the channel of a failed
// attempt: by the same route or, where the failure says nothing about the others, by
// that which has it first. ok is false when none ever will.
func (p Policy) again(d Delivery, failed *Attempt, now time.Time) (at time.Time, ok bool) {
	at, ok = failed.RetryAt, p.retriable(d, failed)
	routes := p.Routes.serving(d.To, failed.Channel)
	// The name of an only route may have changed since.
	if len(routes) < 2 || !p.elsewhere(d, failed) {
		return at, ok
	}
	for _, r := range routes {
		last, from := d.lastBy(r.Name), now
		if last != nil && last.State == AttemptFailed {
			if !p.retriable(d, last) {
				continue
			}
			from = latest(now, last.RetryAt)
		}
		if !ok || from.Before(at) {
			at, ok = from, true
		}
	}
	return at, ok
}

// passedOver reports whether a delivery has found a route closed: until it is asked
// to come back, or for good.
func (p Policy) passedOver(d Delivery, r Route, now time.Time) bool {
	last := d.lastBy(r.Name)
	if last == nil || last.State != AttemptFailed || !p.elsewhere(d, last) {
		return false
	}
	return now.Before(last.RetryAt) || !p.retriable(d, last)
}

// elsewhere reports whether a failure on one route says nothing about the others of
// its channel. WhatsApp numbers share Meta's API and our requests, so that only what
// concerns the number itself counts; a fault of the recipient is one everywhere.
func (p Policy) elsewhere(d Delivery, failed *Attempt) bool {
	t := failed.Class.Traits()
	switch {
	case t.Blame == BlameAccount, t.Next == RetryWhenAsked:
		return true
	case failed.Channel == WhatsApp:
		return false
	case t.Blame == BlameProvider:
		return !p.retriable(d, failed)
	default:
		return t.Blame == BlameRequest
	}
}

// triesBy counts the attempts by the route of another one.
func (d *Delivery) triesBy(route *Attempt) int {
	n := 0
	for _, a := range d.Attempts {
		if a.Channel == route.Channel && a.Provider == route.Provider {
			n++
		}
	}
	return n
}

// lastBy returns the newest attempt by a route, or nil.
func (d *Delivery) lastBy(route string) *Attempt {
	for i := len(d.Attempts) - 1; i >= 0; i-- {
		if d.Attempts[i].Provider == route {
			return &d.Attempts[i]
		}
	}
	return nil
}

// part names what may be degraded of one route. Of a channel's only route it is the
// part itself, such as "sms".
func (r Routes) part(kind string, c Channel, route string) string {
	if len(r.of(c)) < 2 {
		return kind
	}
	return kind + ":" + route
}

// AccountPart is the part that stands for Meta's account, seen from a number; "" means
// every number.
func (r Routes) AccountPart(number string) string {
	if number == "" {
		return Account
	}
	return r.part(Account, WhatsApp, number)
}

// have reports whether there still is a route of that name: a stored attempt may be
// from before the configuration changed.
func (r Routes) have(name string) bool {
	return slices.ContainsFunc(r, func(r Route) bool { return r.Name == name })
}

// parts are what must be in order for a route to carry messages.
func (r Routes) parts(one Route) []string {
	if one.Channel == SMS {
		return []string{r.part(SMSProvider, SMS, one.Name)}
	}
	return slices.Compact([]string{Account, r.part(Account, WhatsApp, one.Name), NoAnswer, Webhooks})
}

// Parts returns all parts that may be degraded, but the variants of the template.
func (r Routes) Parts() []string {
	parts := []string{Account, NoAnswer, Webhooks, SMSProvider, SMSBudget, Clock}
	for _, one := range r {
		for _, part := range r.parts(one) {
			if !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	return parts
}
