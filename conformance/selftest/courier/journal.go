package courier

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// entry is one line of the journal: what has changed.
type entry struct {
	Kind    string // accepted, suppressed, asked, taken, status, stopped, overtaken, done, absent
	ID      string
	At      time.Time
	New     *delivery `json:",omitempty"`
	Channel string    `json:",omitempty"`
	WAMID   string    `json:",omitempty"`
	Code    int       `json:",omitempty"`
	Status  string    `json:",omitempty"`
	Phone   string    `json:",omitempty"`
}

// journal is a file of encrypted lines, each on disk before it counts.
type journal struct {
	file *os.File
	aead cipher.AEAD
}

// openJournal opens the file, or makes it, and hands over what it holds. A last
// line that was cut short by a crash was not acknowledged, and is dropped.
func openJournal(name, key string, each func(entry)) (*journal, error) {
	sum := sha256.Sum256([]byte("journal " + key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	j := &journal{file, aead}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if e, err := j.read(lines.Bytes()); err == nil {
			each(e)
		}
	}
	if _, err := file.WriteString("\n"); err != nil { // Behind what a crash has cut short.
		return nil, errors.Join(err, file.Close())
	}
	return j, lines.Err()
}

func (j *journal) append(e entry) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	nonce := make([]byte, j.aead.NonceSize())
	_, _ = rand.Read(nonce) // It never fails: Go ends the program instead.
	line := base64.StdEncoding.AppendEncode(nil, j.aead.Seal(nonce, nonce, raw, nil))
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return j.file.Sync()
}

func (j *journal) read(line []byte) (e entry, err error) {
	sealed, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(line))
	if err != nil || len(sealed) < j.aead.NonceSize() {
		return e, errors.New("a line that is not whole")
	}
	raw, err := j.aead.Open(nil, sealed[:j.aead.NonceSize()], sealed[j.aead.NonceSize():], nil)
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(raw, &e)
}

// write puts a change on disk and then into effect. It returns false when it could
// not be written: then it has not happened.
func (c *Courier) write(e entry) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writeLocked(e)
}

func (c *Courier) writeLocked(e entry) bool {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if c.o.Fault == answersBeforeDisk && (e.Kind == "status" || e.Kind == "done") {
		time.AfterFunc(time.Second, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			_ = c.journal.append(e)
		})
	} else if err := c.journal.append(e); err != nil {
		c.log("the journal cannot be written", err)
		return false
	}
	c.apply(e)
	return true
}

// apply is what a line of the journal means, now and after a restart.
func (c *Courier) apply(e entry) {
	if e.Kind == "absent" {
		c.absentSince[e.Phone] = e.At
		return
	}
	if e.New != nil {
		e.New.changed, e.New.first, e.New.Asked = make(chan struct{}), make(chan struct{}), map[string]bool{}
		c.deliveries[e.ID] = e.New
		c.keys[e.New.key()] = e.ID
		if e.Kind == "accepted" {
			c.limits.count(e.New.Phone, e.New.Accepted)
			e.New.before, c.newest[e.New.Phone] = c.newest[e.New.Phone], e.New
		}
	}
	d := c.deliveries[e.ID]
	if d == nil {
		return
	}
	switch e.Kind {
	case "suppressed", "done":
		d.Done = true
	case "asked":
		d.Asked[e.Channel] = true
	case "taken":
		d.WAMID, d.TakenAt, d.Got = e.WAMID, e.At, max(d.Got, atMeta)
		c.byWAMID[e.WAMID] = e.ID
	case "status":
		c.applyStatus(d, e)
	case "stopped":
		d.Stopped = true
	case "overtaken":
		d.Overtaken = true
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// applyStatus moves a delivery forward, never back.
func (c *Courier) applyStatus(d *delivery, e entry) {
	rank := map[string]int{"sent": sent, "delivered": delivered, "read": read}[e.Status]
	switch {
	case e.Status == "failed" && (d.Got < delivered || c.o.Fault == stateGoesBack):
		d.Failed, d.Got = max(e.Code, 1), min(d.Got, sent)
	case rank > d.Got || rank > 0 && c.o.Fault == stateGoesBack:
		d.Got = rank
	}
}
