package hooks

import (
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// How changes wait.
const (
	// batchFor is how long a change waits for others, batchMax how many go out
	// together at most.
	batchFor = 200 * time.Millisecond
	batchMax = 1000
	// reorderFor is how long a change waits for its successor.
	reorderFor = 2 * time.Second
)

// enqueue sends a change as its faults want it.
func (h *Hooks) enqueue(callback string, c change) {
	delay, delayed := c.Faults.Find(client.Delay, "")
	switch {
	case c.Faults.Has(client.Lost):
	case c.Faults.Has(client.Batch):
		h.hold(callback, c)
	case delayed:
		h.clock.After(time.Duration(delay.Delay), func() { h.send(callback, []change{c}, nil) })
	case c.Faults.Has(client.Reorder) && c.About != "":
		h.letOvertake(callback, c)
	default:
		h.inLine(c.About, func(done func()) { h.send(callback, append(h.claimBatch(callback), c), done) })
	}
}

// inLine posts at once, or after the posts about that message that are under
// way.
func (h *Hooks) inLine(about string, post posting) {
	if about == "" {
		post(nil)
		return
	}
	h.mu.Lock()
	line, busy := h.lines[about]
	if busy {
		h.lines[about] = append(line, post)
	} else {
		h.lines[about] = nil
	}
	h.mu.Unlock()
	if !busy {
		post(func() { h.next(about) })
	}
}

// next posts what comes after a post about that message: first what it was to
// overtake, then what stands in line.
func (h *Hooks) next(about string) {
	var post posting
	h.mu.Lock()
	switch overtaken, line := h.overtake[about], h.lines[about]; {
	case len(overtaken) > 0:
		post, h.overtake[about] = overtaken[0], overtaken[1:]
	case len(line) > 0:
		post, h.lines[about] = line[0], line[1:]
	default:
		delete(h.lines, about)
		delete(h.overtake, about)
	}
	h.mu.Unlock()
	if post != nil {
		post(func() { h.next(about) })
	}
}

// hold keeps a change until others come or batchFor has passed.
func (h *Hooks) hold(callback string, c change) {
	h.mu.Lock()
	h.batch[callback] = append(h.batch[callback], c)
	n := len(h.batch[callback])
	h.mu.Unlock()
	flush := func() {
		if waiting := h.claimBatch(callback); len(waiting) > 0 {
			h.send(callback, waiting, nil)
		}
	}
	switch n {
	case batchMax:
		flush()
	case 1:
		h.clock.After(batchFor, flush)
	}
}

func (h *Hooks) claimBatch(callback string) []change {
	h.mu.Lock()
	defer h.mu.Unlock()
	waiting := h.batch[callback]
	delete(h.batch, callback)
	return waiting
}

// letOvertake posts a change after the next one about the same message, or
// after reorderFor when none comes.
func (h *Hooks) letOvertake(callback string, c change) {
	var once sync.Once
	post := func(done func()) {
		sent := false
		once.Do(func() {
			sent = true
			h.send(callback, []change{c}, done)
		})
		if !sent && done != nil {
			done()
		}
	}
	h.mu.Lock()
	h.overtake[c.About] = append(h.overtake[c.About], post)
	h.mu.Unlock()
	h.clock.After(reorderFor, func() {
		h.mu.Lock()
		waiting := h.overtake[c.About]
		delete(h.overtake, c.About)
		h.mu.Unlock()
		for _, post := range waiting {
			h.inLine(c.About, post)
		}
	})
}
