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
// fault of its own finds out nothing about what all have in common.
func choose(offers []offer, lastHope bool) (best offer, probe bool, why obstacle) {
	anyway := lastHope && !slices.ContainsFunc(offers, offer.inOrder)
	least := leastFaults(offers)
	why = allDegraded
	if anyway || slices.ContainsFunc(offers, offer.inOrder) {
		why = allFull
	}
	for _, o := range offers {
		probes := o.probeDue && o.wait == 0 && o.faults == least
		usable := !o.full && (anyway || o.inOrder() || probes)
		if usable && (why != none || o.wait < best.wait) {
			best, why = o, none
		}
	}
	if len(toWaitFor(offers, lastHope)) > 0 && (why != none || best.wait > placeCheck) {
		// There will be a place before that wait is over.
		return offer{}, false, allFull
	}
	return best, why == none && best.faults > 0 && !anyway, why
}

// toWaitFor are the ways that would carry a message, had they a place for it.
func toWaitFor(offers []offer, lastHope bool) []*way {
	anyway := lastHope && !slices.ContainsFunc(offers, offer.inOrder)
	var full []*way
	for _, o := range offers {
		if o.full && (anyway || o.inOrder()) {
			full = append(full, o.way)
		}
	}
	return full
}

func (o offer) inOrder() bool { return o.faults == 0 }

// queueUp lets a message wait for a place on any of the ways, unless there is one by now.
func queueUp(t turn, full []*way, now time.Time) bool {
	w := &waiting{}
	w.turn.Store(&t)
	for _, way := range full {
		if !way.lane.queueUp(w, t.delivery.isNew(now), now) {
			// Unless another has handed it a place meanwhile.
			return w.turn.Swap(nil) == nil
		}
	}
	return true
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
