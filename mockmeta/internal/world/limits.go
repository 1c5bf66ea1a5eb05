package world

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// bucket is a token bucket: burst tokens, one more every interval.
type bucket struct {
	tokens float64
	at     time.Time
}

// take takes a token, or says that there is none.
func (b *bucket) take(now time.Time, every time.Duration, burst int) bool {
	if b.at.IsZero() {
		b.tokens = float64(burst)
	} else if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(float64(burst), b.tokens+float64(passed)/float64(every))
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// limits are those of each sending number (throughput page, revision of 21
// November 2025; rate limits, revision of 5 December 2025).
type limits struct {
	throughput int           // messages a second; 0 is no limit
	pairEvery  time.Duration // one message per recipient in that time; 0 is no limit
	pairBurst  int

	numbers map[string]*bucket // by phone_number_id
	pairs   map[string]*bucket // by that and the recipient
}

// maxPairs bounds the recipients that are watched.
const maxPairs = 50_000

func newLimits(o Options) *limits {
	return &limits{throughput: max(o.Throughput, 0), pairEvery: max(o.PairEvery, 0), pairBurst: o.PairBurst, numbers: map[string]*bucket{}, pairs: map[string]*bucket{}}
}

// admit refuses a message that comes too fast.
func (l *limits) admit(from, key string, now time.Time) *meta.Error {
	if l.pairEvery > 0 {
		pair := from + " " + key
		b := l.pairs[pair]
		if b == nil {
			l.forget(now)
			b = &bucket{}
			l.pairs[pair] = b
		}
		if !b.take(now, l.pairEvery, l.pairBurst) {
			return meta.ErrorByCode(131056)
		}
	}
	if l.numbers[from] == nil {
		l.numbers[from] = &bucket{}
	}
	if l.throughput > 0 && !l.numbers[from].take(now, time.Second/time.Duration(l.throughput), l.throughput) {
		return meta.ErrorByCode(130429)
	}
	return nil
}

// forget drops recipients whose bucket is full again, and all when that is not
// enough.
func (l *limits) forget(now time.Time) {
	if len(l.pairs) < maxPairs {
		return
	}
	full := time.Duration(l.pairBurst) * l.pairEvery
	for key, b := range l.pairs {
		if now.Sub(b.at) >= full {
			delete(l.pairs, key)
		}
	}
	if len(l.pairs) >= maxPairs {
		clear(l.pairs)
	}
}
