package mockmeta

import (
	"container/heap"
	"sync"
	"time"
)

// clock is the mock's own time: the real clock plus what was fast-forwarded. It
// runs tasks when they are due, one at a time and in order of their time, so
// tasks must be quick.
type clock struct {
	real func() time.Time

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

func newClock(real func() time.Time) *clock {
	c := &clock{
		real: real,
		wake: make(chan struct{}, 1),
		stop: make(chan struct{}),
		done: make(chan struct{}),
	}
	go c.loop()
	return c
}

// Now is the mock's time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.real().Add(c.offset)
}

// After runs fn once the mock's clock has moved on by d.
func (c *clock) After(d time.Duration, fn func()) {
	c.mu.Lock()
	c.seq++
	heap.Push(&c.tasks, task{at: c.real().Add(c.offset + d), seq: c.seq, run: fn})
	c.mu.Unlock()
	c.poke()
}

// Clear forgets all tasks.
func (c *clock) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tasks = nil
}

// Close ends the loop. Tasks that are due later never run.
func (c *clock) Close() {
	close(c.stop)
	<-c.done
}

func (c *clock) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *clock) loop() {
	defer close(c.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		run, wait := c.next()
		if run != nil {
			run()
			continue
		}
		timer.Reset(wait)
		select {
		case <-c.stop:
			return
		case <-c.wake:
		case <-timer.C:
		}
	}
}

// next takes the task that is due, or says how long there is none.
func (c *clock) next() (run func(), wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tasks) == 0 {
		return nil, time.Hour
	}
	if wait = c.tasks[0].at.Sub(c.real().Add(c.offset)); wait > 0 {
		return nil, wait
	}
	return heap.Pop(&c.tasks).(task).run, 0
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
