package bench

import (
	"time"
)

// Figures are what was measured.
type Figures struct {
	Short bool
	// Fsync and Commit are the medians of what an answer has to wait for: a file's, and a
	// PostgreSQL's.
	Fsync, Commit time.Duration
	// Lives are the medians of the rounds, by load and target.
	Lives     map[string]map[string]result
	Sustained []Sustained
	Views     View
	// Reports are the slowest, by target with the most stored.
	Reports map[string]View
	// Beside are of the targets with the most stored, at BesideRate messages a second.
	Beside     []Beside
	BesideRate int
	Bursts     []Burst
	Storm      Storm

	rounds  map[string]map[string][]result
	targets []string
}

// Sustained is a rate that was kept, or not.
type Sustained struct {
	Numbers, Asked int
	Got            float64 // lives a second
	Cores          float64 // of processor time, the courier's alone
	AcceptP99      time.Duration
	Resident       int
	// Span is how long messages came in, and Took how long it was until the last life
	// had ended. A rate is kept when they are about the same and none is unread.
	Span, Took time.Duration
	Unread     int
}

// View is what an operator looks at.
type View struct {
	Path string
	Took time.Duration
}

// Storm is how long it took until Meta had everyone's code.
type Storm struct {
	People        int
	Answer        time.Duration
	WithUs, Alone time.Duration
}

// add takes one more round in.
func (f *Figures) add(load, target string, r result) {
	if f.rounds == nil {
		f.rounds = make(map[string]map[string][]result)
	}
	if f.rounds[load] == nil {
		f.rounds[load], f.Lives[load] = make(map[string][]result), make(map[string]result)
	}
	f.rounds[load][target] = append(f.rounds[load][target], r)
	f.Lives[load][target] = middle(f.rounds[load][target])
}

// carried is the higher one of the two rates, unless the target lets messages queue at it:
// then the lower one.
func (f Figures) carried(target string) int {
	if f.Lives[busy][target].percentile(50) > queues*f.Lives[calm][target].percentile(50) {
		return calmRate
	}
	return busyRate
}

// queues is by how much p50 grows at a rate that more than fills the processors. p99 would
// tell less: a moment in which the machine stood still decides about it.
const queues = 4

// middle is the round whose processor time for a message is the median, with the
// median times of all rounds.
func middle(rounds []result) result {
	var costs []time.Duration
	for _, r := range rounds {
		costs = append(costs, r.perMessage())
	}
	for _, r := range rounds {
		if r.perMessage() == median(costs) {
			return r
		}
	}
	return result{}
}
