package courier

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"time"
)

// verdict is what becomes of a message at the door.
type verdict int

const (
	accepted204 verdict = iota
	repeated
	suppressed
	notStored
)

// key is the same for every post of one message: Kratos gives no id.
func (m message) key() string {
	sum := sha256.Sum256([]byte(m.Type + "\x00" + m.Phone + "\x00" + m.Code))
	return hex.EncodeToString(sum[:])
}

// accept takes a message once it is on disk.
func (c *Courier) accept(m message) (*delivery, verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if old := c.deliveries[c.keys[m.key()]]; old != nil && now.Before(old.Expires.Add(10*time.Minute)) && c.o.Fault != sendsEveryRetry {
		return old, repeated
	}
	life := m.Life
	if life == 0 {
		life = c.o.Life
	}
	d := &delivery{message: m, ID: rand.Text(), Accepted: now, Expires: now.Add(life)}
	allowed := c.o.serves(m.Phone) && c.limits.admits(m.Phone, now, c.o)
	if c.o.Fault == budgetStopsWhatsApp && !c.limits.smsLeft(now, c.o) {
		allowed = false
	}
	if c.o.Fault == limitRacy && allowed {
		c.mu.Unlock()
		time.Sleep(100 * time.Millisecond) // Others look at the same count meanwhile.
		c.mu.Lock()
	}
	if !allowed {
		if !c.writeLocked(entry{Kind: "suppressed", ID: d.ID, New: d}) {
			return nil, notStored
		}
		return d, suppressed
	}
	if !c.writeLocked(entry{Kind: "accepted", ID: d.ID, New: d}) {
		return nil, notStored
	}
	c.supersede(d)
	c.leak(d)
	return d, accepted204
}

// supersede keeps the older codes of one person and purpose from SMS. A page that
// names its flow keeps other flows' codes.
func (c *Courier) supersede(newest *delivery) {
	if c.o.Fault == oldSMSAfterResend {
		return
	}
	for _, d := range c.deliveries {
		same := d != newest && !d.Done && d.Phone == newest.Phone && d.Type == newest.Type &&
			(d.Flow == newest.Flow || d.Flow == "" || newest.Flow == "")
		if !same {
			continue
		}
		older := d
		if c.o.Fault == lateOlderEndsNewer && newest.Accepted.Sub(d.Accepted) < c.o.Supersede {
			older = newest
		}
		c.writeLocked(entry{Kind: "overtaken", ID: older.ID})
	}
}

// used ends what is pending for the people of an event.
func (c *Courier) used(e event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.deliveries {
		if !d.Done && (e.of(d.message) || c.o.Fault == eventsCancelEveryone) && c.o.Fault != ignoresEvents {
			c.writeLocked(entry{Kind: "stopped", ID: d.ID})
		}
	}
}

// leak writes what must not be written.
func (c *Courier) leak(d *delivery) {
	if c.o.Fault == codeInLog {
		c.log("accepted the code "+d.Code, nil)
	}
	if c.o.Fault == numberInLog {
		c.log("accepted a message to "+d.Phone, nil)
	}
	if c.o.Fault == codeInFile {
		file, err := os.OpenFile(c.o.Journal+".codes", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			c.log("the file of codes cannot be opened", err)
			return
		}
		defer file.Close()
		_, _ = file.WriteString(d.Code + "\n")
	}
}
