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
	// faults is how many of the parts that it needs are not in order. With probeDue the
	// message may find out whether that is over.
	faults   int
	probeDue bool
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
// hope. A probe goes at once or not at all, and by what is least broken: one that has a
// fault of its own finds out nothing about what all have in common. If all are full,
// best is the first of them, the one to wait for.
func choose(offers []offer, lastHope bool) (best offer, probe bool, why obstacle) {
	inOrder := func(o offer) bool { return o.faults == 0 }
	anyway := lastHope && !slices.ContainsFunc(offers, inOrder)
	mayCarry := func(o offer) bool { return anyway || inOrder(o) }
	least := leastFaults(offers)
	why = allDegraded
	if slices.ContainsFunc(offers, mayCarry) {
		why = allFull
	}
	for _, o := range offers {
		probes := o.probeDue && o.wait == 0 && o.faults == least
		usable := !o.full && (mayCarry(o) || probes)
		if usable && (why != none || o.wait < best.wait) {
			best, why = o, none
		}
	}
	full := func(o offer) bool { return o.full && mayCarry(o) }
	if i := slices.IndexFunc(offers, full); i >= 0 && (why != none || best.wait > placeCheck) {
		// There will be a place before that wait is over.
		return offers[i], false, allFull
	}
	return best, why == none && best.faults > 0 && !anyway, why
}

// leastFaults is how many faults the least broken of the degraded ones has.
func leastFaults(offers []offer) int {
	least := 0
	for _, o := range offers {
		if o.faults > 0 && (least == 0 || o.faults < least) {
			least = o.faults
		}
	}
	return least
}
