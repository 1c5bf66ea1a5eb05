package courier

import (
	"slices"
	"time"
)

// way is a route at work: its sender, and all that is known about its capacity and
// health.
type way struct {
	name   string
	sender Sender
	lane   *lane
	pace   *Pace
	// parts are what must be in order for it to carry messages.
	parts []string
}

func newWays(routes Routes, senders map[string]Sender) map[string]*way {
	ways := make(map[string]*way, len(routes))
	for _, r := range routes {
		ways[r.Name] = &way{
			name: r.Name, sender: senders[r.Name],
			lane: &lane{size: laneSize}, pace: NewPace(r.Rate), parts: routes.parts(r),
		}
	}
	return ways
}

// offer is what a way has for a message at the moment.
type offer struct {
	*way

	// full: there is no place among the requests under way.
	full bool
	// wait is how long it is until its rate has a place.
	wait time.Duration
	// degraded: something that it needs is not in order. With probeDue the message may
	// find out whether that is over.
	degraded, probeDue bool
}

// obstacle is why no way was chosen.
type obstacle int

const (
	none obstacle = iota
	allFull
	allDegraded
)

// choose picks the way for a message, out of those that its delivery may go by, the
// best first: the first that is free at once, else the one with the shortest wait.
// What is degraded carries probes only, unless everything is and there is no other
// hope. A probe goes at once or not at all.
func choose(offers []offer, lastHope bool) (best offer, probe bool, why obstacle) {
	inOrder := func(o offer) bool { return !o.degraded }
	anyway := lastHope && !slices.ContainsFunc(offers, inOrder)
	why = allDegraded
	if anyway || slices.ContainsFunc(offers, inOrder) {
		why = allFull
	}
	for _, o := range offers {
		usable := !o.full && (anyway || !o.degraded || o.probeDue && o.wait == 0)
		if usable && (why != none || o.wait < best.wait) {
			best, why = o, none
		}
	}
	return best, why == none && best.degraded && !anyway, why
}
