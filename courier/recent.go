package courier

import (
	"context"
	"maps"
	"sync"
)

// Recent remembers the deliveries that this process saved last, so that a report that
// follows at once needs no look at the store. Another process may have saved them
// since: whoever asks must be ready for an outdated version. The zero value is ready,
// and nil remembers nothing.
//
// It also lets the changes of one delivery follow each other: the answer to a request
// and the first report of it come at once, and who comes second would save in vain.
//
// It holds codes and numbers in clear, as the deliveries under way do: a code for as
// long as its delivery lives, and no longer than until recentSize others were saved.
type Recent struct {
	mu   sync.Mutex
	byID map[ID]Delivery
	// order are the ids in the order in which they came, in a ring; next is the place
	// of the oldest once it is full.
	order []ID
	next  int
	// busy are the deliveries that are being changed, each until its channel closes.
	busy map[ID]chan struct{}
}

// recentSize bounds what is remembered, to some 5 MB. At 1,000 messages a second it
// is what was sent in the last four seconds.
const recentSize = 4096

// after returns the newest version that is known of a delivery, if it is later than
// this one.
func (r *Recent) after(id ID, version int64) (Delivery, bool) {
	if r == nil {
		return Delivery{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d, known := r.byID[id]
	return d, known && d.Version > version
}

// enter waits until nobody else in this process changes the delivery. leave must follow,
// unless there is an error: that ctx ended first.
func (r *Recent) enter(ctx context.Context, id ID) (leave func(), err error) {
	if r == nil {
		return func() {}, nil
	}
	for {
		r.mu.Lock()
		other, busy := r.busy[id]
		if !busy {
			break
		}
		r.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	defer r.mu.Unlock()
	if r.busy == nil {
		r.busy = make(map[ID]chan struct{})
	}
	over := make(chan struct{})
	r.busy[id] = over
	return func() {
		r.mu.Lock()
		delete(r.busy, id)
		r.mu.Unlock()
		close(over)
	}, nil
}

// put remembers d unless a newer version of it is there.
func (r *Recent) put(d Delivery) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID == nil {
		r.byID = make(map[ID]Delivery)
	}
	old, known := r.byID[d.ID]
	switch {
	case known && old.Version > d.Version:
		return
	case known:
	case len(r.order) < recentSize:
		r.order = append(r.order, d.ID)
	default:
		delete(r.byID, r.order[r.next])
		r.order[r.next], r.next = d.ID, (r.next+1)%recentSize
	}
	r.byID[d.ID] = d
}

// drop forgets what is remembered of a number.
func (r *Recent) drop(to Phone) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.byID, func(_ ID, d Delivery) bool { return d.To.E164() == to.E164() })
}
