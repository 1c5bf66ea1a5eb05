package world

import (
	"container/heap"
	"sync"
	"time"
)

// Clock is the mock's own time: the real clock plus what was fast-forwarded. It
// runs tasks when they are due, one at a time and in order of their time, so
// tasks must be quick.
type Clock struct {
	real func() time.Time

	// running is held while tasks run, so that one runs at a time and nothing
	// runs beside an Advance.
	running sync.Mutex

	mu     sync.Mutex
	offset time.Duration
	tasks  taskHeap
	seq    uint64
	wake   chan struct{}
	stop   chan struct{}
	done   chan struct{}
}

type task struct {
	at  time.Time
	seq uint64
	run func()
}

// NewClock starts a clock on top of the real one.
func NewClock(real func() time.Time) *Clock {
	c := &Clock{
		real: real,
		wake: make(chan struct{}, 1),
		stop: make(chan struct{}),
		done: make(chan struct{}),
	}
	go c.loop()
	return c
}

// Now is the mock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.real().Add(c.offset)
}

// After runs fn once the mock's clock has moved on by d.
func (c *Clock) After(d time.Duration, fn func()) {
	c.mu.Lock()
	c.seq++
	heap.Push(&c.tasks, task{at: c.real().Add(c.offset + d), seq: c.seq, run: fn})
	c.mu.Unlock()
	c.poke()
}

// Advance moves the clock on by d and runs what becomes due on the way, each at
// its own time. Between two times it calls settle, which waits for what the
// tasks have set off.
func (c *Clock) Advance(d time.Duration, settle func()) {
	c.running.Lock()
	defer c.running.Unlock()
	target := c.Now().Add(d)
	for {
		settle()
		if !c.runNext(target) {
			break
		}
	}
	c.moveTo(target)
	settle()
	c.poke()
}

// moveTo moves the clock on to a time, unless that is past.
func (c *Clock) moveTo(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if behind := at.Sub(c.real().Add(c.offset)); behind > 0 {
		c.offset += behind
	}
}

// next is the time of the next task, if there is one.
func (c *Clock) next() (at time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tasks) == 0 {
		return time.Time{}, false
	}
	return c.tasks[0].at, true
}

// runNext moves the clock on to the next tasks that are due until target, and
// runs all that are due at that time. It is a part of Advance.
func (c *Clock) runNext(target time.Time) bool {
	at, ok := c.next()
	if !ok || at.After(target) {
		return false
	}
	c.moveTo(at)
	for {
		run := c.due(at)
		if run == nil {
			return true
		}
		run()
	}
}

// due takes a task that is due at that time, or nil.
func (c *Clock) due(at time.Time) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tasks) == 0 || c.tasks[0].at.After(at) {
		return nil
	}
	return heap.Pop(&c.tasks).(task).run
}

// Clear forgets all tasks.
func (c *Clock) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tasks = nil
}

// Close ends the loop. Tasks that are due later never run.
func (c *Clock) Close() {
	close(c.stop)
	<-c.done
}

func (c *Clock) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Clock) loop() {
	defer close(c.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := c.runDue()
		timer.Reset(wait)
		select {
		case <-c.stop:
			return
		case <-c.wake:
		case <-timer.C:
		}
	}
}

// runDue runs what is due and says how long nothing will be.
func (c *Clock) runDue() time.Duration {
	c.running.Lock()
	defer c.running.Unlock()
	for {
		run := c.due(c.Now())
		if run == nil {
			break
		}
		run()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tasks) == 0 {
		return time.Hour
	}
	return c.tasks[0].at.Sub(c.real().Add(c.offset))
}

// taskHeap orders tasks by time, then by when they were added.
type taskHeap []task

func (h taskHeap) Len() int { return len(h) }
func (h taskHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}
func (h taskHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *taskHeap) Push(x any)   { *h = append(*h, x.(task)) }
func (h *taskHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = task{}
	*h = old[:len(old)-1]
	return last
}
