package courier

import (
	"sync"
	"sync/atomic"
	"time"
)

// lane bounds the requests of one route that are under way at once, so that a
// provider that does not answer holds up no message on the other channel.
type lane struct {
	size int

	mu   sync.Mutex
	used int
	// tried and new are the messages that wait for a place. As long as any of them may have
	// one, no place is free.
	tried, new line
}

// laneSize is how many requests of one route may be under way. At Meta's usual
// 0.1-0.3 s per request it carries Meta's highest rate for one number, 1,000
// messages a second.
const laneSize = 256

// enter takes a place and reports whether there was one. New messages leave a
// quarter of the places to those that have waited already: fallbacks, retries, and what has
// found no place before; it would wait for as long as a crowd comes in.
func (l *lane) enter(isNew bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used >= l.limit(isNew) {
		return false
	}
	l.used++
	return true
}

// full reports whether there is no place at the moment.
func (l *lane) full(isNew bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.used >= l.limit(isNew)
}

func (l *lane) limit(isNew bool) int {
	if isNew {
		return l.size - l.size/4
	}
	return l.size
}

// taken is how many places are taken at the moment.
func (l *lane) taken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.used
}

// queueUp lets a message wait for a place, unless there is one by now.
func (l *lane) queueUp(w *waiting, isNew bool, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used < l.limit(isNew) {
		return false
	}
	q := &l.tried
	if isNew {
		q = &l.new
	}
	q.forget(now)
	*q = append(*q, w)
	return true
}

// leave hands a place to the next message that waits for one, if there is one. It holds the
// place then, and leaves it in its turn, whether it sends or not.
func (l *lane) leave(now time.Time) (next turn, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used--
	if next, ok = l.tried.pop(now); !ok && l.used < l.limit(true) {
		next, ok = l.new.pop(now)
	}
	if ok {
		l.used++
	}
	return next, ok
}

// waiting is a message in the lines of all lanes that it may take. The first with a place
// takes the turn out, so the code that it holds is in no other line either.
type waiting struct{ turn atomic.Pointer[turn] }

// line is a queue of messages, the first one first.
type line []*waiting

// pop takes the first message out that is still there.
func (q *line) pop(now time.Time) (turn, bool) {
	q.forget(now)
	for len(*q) > 0 {
		if first := q.shift().turn.Swap(nil); first != nil {
			return *first, true
		}
	}
	return turn{}, false
}

// forget drops what another lane has taken, and leaves the messages to the store that this
// process no longer has to itself.
func (q *line) forget(now time.Time) {
	for len(*q) > 0 {
		first := (*q)[0].turn.Load()
		if first != nil && now.Before(first.delivery.Due) {
			return
		}
		q.shift().turn.Store(nil)
	}
}

func (q *line) shift() *waiting {
	first := (*q)[0]
	(*q)[0] = nil
	*q = (*q)[1:]
	return first
}
