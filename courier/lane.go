package courier

import (
	"sync"
	"time"
)

// lane bounds the requests of one channel that are under way at once, so that a
// provider that does not answer holds up no message on the other channel.
type lane struct {
	size int

	mu   sync.Mutex
	used int
	// queue are the messages that wait for a place, the first one first.
	queue []turn
}

// laneSize is how many requests of one channel may be under way. At Meta's usual
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

// queueUp lets a turn wait for a place, unless there is one by now.
func (l *lane) queueUp(t turn, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used < l.limit(t.delivery.isNew(now)) {
		return false
	}
	l.forget(now)
	l.queue = append(l.queue, t)
	return true
}

// leave gives a place back, and takes those out of the queue for which there is one: more than
// one if an earlier one did not need its place, such as a message that a newer one replaced.
func (l *lane) leave(now time.Time) []turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used--
	l.forget(now)
	var next []turn
	for len(l.queue) > 0 && l.used+len(next) < l.limit(l.queue[0].delivery.isNew(now)) {
		next = append(next, l.pop())
	}
	return next
}

// forget leaves the messages to the store that this process no longer has to itself.
func (l *lane) forget(now time.Time) {
	for len(l.queue) > 0 && !l.queue[0].delivery.inHand(now) {
		l.pop()
	}
}

func (l *lane) pop() turn {
	first := l.queue[0]
	l.queue[0] = turn{} // it has a code in it
	l.queue = l.queue[1:]
	return first
}
