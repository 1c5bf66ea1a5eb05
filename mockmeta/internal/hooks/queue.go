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
	if h.join(about, post) {
		post(func() { h.next(about) })
	}
}

// join says whether a post can go out at once; otherwise it joins the line.
func (h *Hooks) join(about string, post posting) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	line, busy := h.lines[about]
	if busy {
		line = append(line, post)
	}
	h.lines[about] = line
	return !busy
}

// next posts what comes after a post about that message: first what it was to
// overtake, then what stands in line.
func (h *Hooks) next(about string) {
	if post := h.claimNext(about); post != nil {
		post(func() { h.next(about) })
	}
}

func (h *Hooks) claimNext(about string) (post posting) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch overtaken, line := h.overtake[about], h.lines[about]; {
	case len(overtaken) > 0:
		post, h.overtake[about] = overtaken[0], overtaken[1:]
	case len(line) > 0:
		post, h.lines[about] = line[0], line[1:]
	default:
		delete(h.lines, about)
		delete(h.overtake, about)
	}
	return post
}

// hold keeps a change until others come or batchFor has passed.
func (h *Hooks) hold(callback string, c change) {
	flush := func() {
		if waiting := h.claimBatch(callback); len(waiting) > 0 {
			h.send(callback, waiting, nil)
		}
	}
	switch h.addToBatch(callback, c) {
	case batchMax:
		flush()
	case 1:
		h.clock.After(batchFor, flush)
	}
}

// addToBatch returns how many changes wait now.
func (h *Hooks) addToBatch(callback string, c change) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.batch[callback] = append(h.batch[callback], c)
	return len(h.batch[callback])
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
	h.letWait(c.About, post)
	h.clock.After(reorderFor, func() {
		for _, post := range h.claimOvertaken(c.About) {
			h.inLine(c.About, post)
		}
	})
}

func (h *Hooks) letWait(about string, post posting) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.overtake[about] = append(h.overtake[about], post)
}

func (h *Hooks) claimOvertaken(about string) []posting {
	h.mu.Lock()
	defer h.mu.Unlock()
	waiting := h.overtake[about]
	delete(h.overtake, about)
	return waiting
}
