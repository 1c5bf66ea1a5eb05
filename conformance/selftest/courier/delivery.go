package courier

import (
	"context"
	"sync"
	"time"
	"unicode/utf8"
)

// longestCode is what Meta's template takes, in characters.
const longestCode = 15

// How far a WhatsApp message got.
const (
	nowhere = iota
	atMeta
	sent
	delivered
	read
)

// delivery is one code on its way. The courier's lock guards what changes.
type delivery struct {
	message

	ID                string
	Accepted, Expires time.Time
	// WAMID and TakenAt are Meta's answer.
	WAMID   string
	TakenAt time.Time
	Got     int // how far it got on WhatsApp
	Failed  int // Meta's code of a failed message
	// Asked are the channels of which a request is or was under way.
	Asked   map[string]bool
	Stopped bool // its code, or another one of the person, was used
	// Overtaken: a newer code is on its way, so that no SMS follows.
	Overtaken bool
	Done      bool

	// changed is closed and replaced when something of the above changes.
	changed chan struct{}

	// before is the person's message before this one, which leaves first.
	before *delivery
	// first is closed once Meta has answered the first time, or will not be asked;
	// refused is what it said.
	first    chan struct{}
	answered sync.Once
	refused  bool
}

// next is what follows when Meta was asked, or was not.
type next int

const (
	nothing next = iota
	awaitReports
	fallBackNow
)

// run carries a delivery out. After a restart it goes on where the journal ends.
func (c *Courier) run(ctx context.Context, d *delivery) {
	defer c.end(ctx, d)
	if !d.alive(c.o.MinRest) && c.o.Fault != sendsExpiredCode {
		return
	}
	follows := awaitReports
	switch {
	case c.asked(d, "whatsapp"): // Before a restart: nobody knows what came of it.
	case c.goesBySMS(d):
		follows = fallBackNow
	default:
		c.letPass(ctx, d.before)
		follows = c.tryWhatsApp(ctx, d)
	}
	if follows == fallBackNow || follows == awaitReports && c.awaitFallback(ctx, d) {
		c.fallBack(ctx, d)
	}
}

// letPass waits until an older message to the same person has left.
func (c *Courier) letPass(ctx context.Context, older *delivery) {
	if older == nil {
		return
	}
	select {
	case <-older.first:
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
}

// goesBySMS reports whether WhatsApp is not even tried.
func (c *Courier) goesBySMS(d *delivery) bool {
	switch {
	case d.Channel == "sms" && c.o.Fault != ignoresChannel, utf8.RuneCountInString(d.Code) > longestCode:
		return true
	case d.Channel == "whatsapp":
		return false
	}
	return c.absent(d.Phone) || !c.breaker.mayTry(time.Now(), c.o)
}

// tryWhatsApp asks Meta until it takes the message or there is no use in asking.
func (c *Courier) tryWhatsApp(ctx context.Context, d *delivery) next {
	const tries = 5
	languages := c.o.languagesOf(d.message)
	for try, pause := 1, 200*time.Millisecond; ; try++ {
		over := !d.alive(0) && c.o.Fault != sendsExpiredCode
		if over || c.isStopped(d) || !c.write(entry{Kind: "asked", ID: d.ID, Channel: "whatsapp"}) {
			return nothing
		}
		out := c.sendWhatsApp(ctx, d, languages[0])
		c.breaker.learn(out, time.Now(), c.o)
		if out.taken() {
			d.told(false)
			c.write(entry{Kind: "taken", ID: d.ID, WAMID: out.id})
			return awaitReports
		}
		d.told(!out.unknown())
		switch {
		case out.code == 130429 && c.o.Fault == dropsOn130429:
			return nothing
		case out.unknown() && c.o.Fault != repeatsUnknown:
			return awaitReports // One of them, or the deadline, decides.
		case out.missingLanguage() && len(languages) > 1 && c.o.Fault != languageFaultIsFinal:
			languages = languages[1:]
			continue
		case out.notOnWhatsApp():
			c.remember(d.Phone)
		case out.throttled():
			pause = max(pause, time.Second)
		}
		again := out.transient() || out.unknown() || c.o.Fault == retriesPermanent && try < tries
		if !again || try >= tries && !out.throttled() && c.o.Fault != retriesForEver {
			return fallBackNow
		}
		if left := d.left(c.o); left < pause {
			c.sleep(ctx, d, left)
			return fallBackNow
		}
		if !c.sleep(ctx, d, pause) {
			return nothing
		}
		pause = min(2*pause, 4*time.Second)
	}
}

// left is the time that WhatsApp still has, while Meta has not taken the message.
func (d *delivery) left(o Options) time.Duration {
	if o.Fault == noOverallLimit || o.Fault == retriesForEver {
		return time.Until(d.Expires)
	}
	return time.Until(d.Accepted.Add(o.Overall))
}

// awaitFallback waits for the reports. It returns whether an SMS is due.
func (c *Courier) awaitFallback(ctx context.Context, d *delivery) bool {
	for {
		c.mu.Lock()
		changed, got, failed, stopped := d.changed, d.Got, d.Failed != 0, d.Stopped || d.Overtaken
		wait := d.left(c.o)
		if !d.TakenAt.IsZero() {
			wait = min(wait, time.Until(d.TakenAt.Add(c.o.After)))
		}
		c.mu.Unlock()
		arrived := got >= delivered || got >= sent && c.o.Fault == sentIsDelivered
		switch {
		case stopped:
			return false
		case arrived && c.o.Fault != fallbackAfterDelivery && c.o.Fault != stateGoesBack:
			return false
		case failed && c.o.Fault != ignoresFailed:
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		case <-time.After(wait):
			return !arrived || c.o.Fault == fallbackAfterDelivery
		}
	}
}

// fallBack sends the code by SMS, with a few tries.
func (c *Courier) fallBack(ctx context.Context, d *delivery) {
	if d.Channel != "sms" && (c.o.Fault == noFallback || c.overtaken(d)) || c.asked(d, "sms") {
		return
	}
	const tries = 3
	for try := range tries {
		alive := d.alive(c.o.MinRest) || c.o.Fault == fallbackAfterExpiry || c.o.Fault == sendsExpiredCode
		if c.isStopped(d) || !alive || !c.limits.takeSMS(time.Now(), c.o) {
			return
		}
		if !c.write(entry{Kind: "asked", ID: d.ID, Channel: "sms"}) {
			return
		}
		out := c.sendSMS(ctx, d)
		if out.taken() {
			break
		}
		c.limits.returnSMS()
		if !out.transient() || !c.sleep(ctx, d, time.Duration(try+1)*300*time.Millisecond) {
			return
		}
	}
	if c.o.Fault == fallbackTwice {
		c.sendSMS(ctx, d)
	}
	if c.o.Fault == fallbackTwiceLate {
		time.AfterFunc(1500*time.Millisecond, func() { c.sendSMS(ctx, d) })
	}
}

// sleep waits; it returns false when the delivery has ended meanwhile.
func (c *Courier) sleep(ctx context.Context, d *delivery, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return !c.isStopped(d)
	}
}

// alive reports whether a code still has that much of its life.
func (d *delivery) alive(rest time.Duration) bool { return time.Until(d.Expires) > rest }

func (c *Courier) isStopped(d *delivery) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return d.Stopped
}

func (c *Courier) overtaken(d *delivery) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return d.Overtaken
}

func (c *Courier) asked(d *delivery, channel string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return d.Asked[channel]
}

// end writes down that nothing follows, unless the process ends before that.
func (c *Courier) end(ctx context.Context, d *delivery) {
	d.told(false)
	if ctx.Err() == nil {
		c.write(entry{Kind: "done", ID: d.ID})
	}
}

// told notes what Meta said first.
func (d *delivery) told(refused bool) {
	d.answered.Do(func() {
		d.refused = refused
		close(d.first)
	})
}
