package world

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// maxFaults bounds the queue.
const maxFaults = 10_000

// faultQueue holds one-shot faults, oldest first.
type faultQueue struct{ queue FaultSet }

func (q *faultQueue) add(f client.Fault) error {
	if len(q.queue) >= maxFaults {
		return fmt.Errorf("there are %d faults waiting already; reset the mock", maxFaults)
	}
	q.queue = append(q.queue, f)
	return nil
}

// take removes the oldest fault of that phase that is meant for the sending number,
// the phone and the status.
func (q *faultQueue) take(p phase, from, key, status string) FaultSet {
	kinds := faultKinds()
	for i, f := range q.queue {
		if kinds[f.Kind].phase == p && meant(f, from, key) && (f.On == "" || p != onHook || f.On == status) {
			q.queue = slices.Delete(q.queue, i, i+1)
			return FaultSet{f}
		}
	}
	return nil
}

// meant reports whether a fault is for what a sending number sends to a phone.
func meant(f client.Fault, from, key string) bool {
	return (f.Number == "" || f.Number == key) && (f.From == "" || f.From == from)
}

// roll decides which faults of the chaos apply to a phone. Every fault takes one
// number from the dice, hit or not, so that the next ones do not shift.
func roll(dice *rand.Rand, from, key string, faults []client.Fault) FaultSet {
	var out FaultSet
	for _, f := range faults {
		if hit := dice.Float64() < f.Rate; hit && meant(f, from, key) {
			out = append(out, f)
		}
	}
	return out
}
