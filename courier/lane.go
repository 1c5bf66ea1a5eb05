package courier

import "sync"

// lane bounds the requests of one channel that are under way at once, so that a
// provider that does not answer holds up no message on the other channel.
type lane struct {
	size int

	mu   sync.Mutex
	used int
}

// laneSize is how many requests of one channel may be under way. At Meta's usual
// 0.1-0.3 s per request it carries Meta's highest rate for one number, 1,000
// messages a second.
const laneSize = 256

// enter takes a place and reports whether there was one. New messages leave a
// quarter of the places to those that have waited already: fallbacks and retries.
func (l *lane) enter(fresh bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used >= l.limit(fresh) {
		return false
	}
	l.used++
	return true
}

// full reports whether there is no place at the moment.
func (l *lane) full(fresh bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.used >= l.limit(fresh)
}

func (l *lane) limit(fresh bool) int {
	if fresh {
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

// leave gives a place back.
func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used--
}
