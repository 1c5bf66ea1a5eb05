package runner

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// Progress tells people how far a run is. A nil Progress tells nothing.
type Progress struct {
	out io.Writer
	// terminal shows one line that changes, instead of one every few seconds.
	terminal bool
	now      func() time.Time

	mu      sync.Mutex
	begun   time.Time
	total   int
	count   map[verdict.Outcome]int
	left    map[int]float64 // What each shard has before it, in measured seconds.
	seconds func(name string) float64
	running map[int]string
	last    time.Time
}

const (
	everyTerminal = 200 * time.Millisecond
	everyLine     = 5 * time.Second
)

// NewProgress tells out what happens.
func NewProgress(out io.Writer, terminal bool, now func() time.Time) *Progress {
	return &Progress{
		out: out, terminal: terminal, now: now,
		count: map[verdict.Outcome]int{}, left: map[int]float64{}, running: map[int]string{},
	}
}

func (p *Progress) planned(shards []shard, measured map[string]Measured) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun = p.now()
	p.last = p.begun
	for i, s := range shards {
		p.total += len(s.specs)
		p.left[i] = s.seconds
	}
	p.seconds = func(name string) float64 {
		if m, ok := measured[name]; ok {
			return m.Seconds
		}
		return unknownSeconds
	}
	fmt.Fprintf(p.out, "%d specs in %d shards\n", p.total, len(shards))
}

// again says that specs which were blocked run once more.
func (p *Progress) again(number int, s shard) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count[verdict.Blocked] -= len(s.specs)
	p.left[number] = s.seconds
	p.clear()
	fmt.Fprintf(p.out, "blocked specs run once more, with nothing beside them: %d\n", len(s.specs))
}

func (p *Progress) begins(shard int, name string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running[shard] = name
	p.show()
}

func (p *Progress) ended(shard int, e ended) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count[e.Outcome]++
	p.left[shard] = max(0, p.left[shard]-p.seconds(e.Name))
	delete(p.running, shard)
	switch e.Outcome {
	case verdict.Fail, verdict.Blocked, verdict.Error:
		p.clear()
		fmt.Fprintf(p.out, "%-8s %s\n", strings.ToUpper(string(e.Outcome)), e.Name)
	default:
	}
	p.show()
}

// late is a spec that had passed, and fails after all.
func (p *Progress) late(_ int, name string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count[verdict.Pass]--
	p.count[verdict.Fail]++
	p.clear()
	fmt.Fprintf(p.out, "%-8s %s\n", "FAIL", name)
}

func (p *Progress) done() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// show prints where the run is, if that was not done a moment ago.
func (p *Progress) show() {
	every := everyLine
	if p.terminal {
		every = everyTerminal
	}
	now := p.now()
	if now.Sub(p.last) < every {
		return
	}
	p.last = now
	text := p.line(now)
	if p.terminal {
		const width = 110
		runes := []rune(text)
		fmt.Fprintf(p.out, "\r\x1b[K%s", string(runes[:min(len(runes), width)]))
		return
	}
	fmt.Fprintln(p.out, text)
}

func (p *Progress) clear() {
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// line is such as "120/239, 1 fail, about 20 s left, runs: a login succeeds".
func (p *Progress) line(now time.Time) string {
	done := 0
	var parts []string
	for _, o := range []verdict.Outcome{verdict.Fail, verdict.Blocked, verdict.Error, verdict.Skipped} {
		if n := p.count[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	for _, n := range p.count {
		done += n
	}
	left := 0.0
	for _, seconds := range p.left {
		left = max(left, seconds)
	}
	parts = append([]string{fmt.Sprintf("%3.0f s: %d/%d", now.Sub(p.begun).Seconds(), done, p.total)}, parts...)
	parts = append(parts, fmt.Sprintf("about %.0f s left", left))
	if running := slices.Sorted(maps.Values(p.running)); len(running) > 0 {
		longest := slices.MaxFunc(running, func(a, b string) int { return int(100 * (p.seconds(a) - p.seconds(b))) })
		parts = append(parts, fmt.Sprintf("%d run, such as: %s", len(running), longest))
	}
	return strings.Join(parts, ", ")
}
