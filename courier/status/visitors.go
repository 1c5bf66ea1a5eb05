package status

import (
	"net/netip"
	"sync"
	"time"
)

// Visitors bounds what clients ask of one process. A client is an IPv4 address, or the
// network that a household has of IPv6 (/64). It is made with its bounds and its clock;
// the rest is zero.
type Visitors struct {
	// Requests is how many a client may make in a minute, and Guesses how many of these
	// may be about tokens that nobody has sent.
	Requests, Guesses int
	// Streams is how many may be open at once; one client has a tenth of them.
	Streams int
	Now     func() time.Time

	mu sync.Mutex
	// since is when the minute began that asked counts.
	since   time.Time
	asked   map[string]*asked
	streams map[string]int
	total   int
}

// asked is what a client has asked in a minute.
type asked struct{ requests, guesses int }

const (
	minute = time.Minute
	// maxClients bounds the memory: what comes from more addresses in a minute shares
	// the counts of one.
	maxClients = 10_000
)

// enter counts a request. If it is one too many it returns how long to wait.
func (v *Visitors) enter(client string) (wait time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	a := v.of(client)
	if a.requests >= v.Requests || a.guesses >= v.Guesses {
		return minute - v.Now().Sub(v.since)
	}
	a.requests++
	return 0
}

// guessed counts a request that was about a token that nobody has sent.
func (v *Visitors) guessed(client string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.of(client).guesses++
}

// of is what a client has asked in this minute.
func (v *Visitors) of(client string) *asked {
	if now := v.Now(); v.asked == nil || now.Sub(v.since) >= minute || now.Before(v.since) {
		v.since, v.asked = now, make(map[string]*asked)
	}
	name := network(client)
	if _, known := v.asked[name]; !known && len(v.asked) >= maxClients {
		name = ""
	}
	if v.asked[name] == nil {
		v.asked[name] = &asked{}
	}
	return v.asked[name]
}

// open takes a place for a stream, if there is one.
func (v *Visitors) open(client string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	name := network(client)
	if v.total >= v.Streams || v.streams[name] >= max(1, v.Streams/10) {
		return false
	}
	if v.streams == nil {
		v.streams = make(map[string]int)
	}
	v.total++
	v.streams[name]++
	return true
}

// close gives the place back.
func (v *Visitors) close(client string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	name := network(client)
	v.total--
	if v.streams[name]--; v.streams[name] == 0 {
		delete(v.streams, name)
	}
}

// network is what counts as one client. What is no address counts as one, too.
func network(client string) string {
	address, err := netip.ParseAddr(client)
	if err != nil || address.Is4() {
		return client
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return client
	}
	return prefix.String()
}
