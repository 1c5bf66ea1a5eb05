package app

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/backfill"
)

// backfillProgress shows how far a run has come: on a terminal in one line that is written
// anew, elsewhere in a line a second.
type backfillProgress struct {
	w        io.Writer
	terminal bool
	apply    bool
	// total is how many identities there are; 0 if that is not known.
	total       int
	now         func() time.Time
	start, next time.Time
	turn        int
}

func newBackfillProgress(w io.Writer, terminal, apply bool, total int, now func() time.Time) *backfillProgress {
	p := &backfillProgress{w: w, terminal: terminal, apply: apply, total: total, now: now, start: now()}
	p.next = p.start.Add(p.every())
	return p
}

func (p *backfillProgress) every() time.Duration {
	if p.terminal {
		return 200 * time.Millisecond
	}
	return time.Second
}

func (p *backfillProgress) say(r backfill.Report) {
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(p.every())
	if !p.terminal {
		of := ""
		if p.total > 0 {
			of = fmt.Sprintf(" of %d", p.total)
		}
		_, _ = fmt.Fprintf(p.w, "%d%s identities read, %d without the credential, %d written, %d refused\n", r.Read, of, r.Missing, r.Written, len(r.Refused))
		return
	}
	p.turn++
	_, _ = fmt.Fprint(p.w, clearLine, liveLine(r, p.apply, p.total, now.Sub(p.start), p.turn))
}

// end leaves an empty line to what is printed next.
func (p *backfillProgress) end() {
	if p.turn > 0 {
		_, _ = fmt.Fprint(p.w, clearLine)
	}
}

const clearLine = "\r\x1b[K"

// liveLine says where a run is after a time. Without a total, something turns in place of
// the bar.
func liveLine(r backfill.Report, apply bool, total int, after time.Duration, turn int) string {
	speed := float64(r.Read) / after.Seconds()
	found := fmt.Sprintf("%d without the credential", r.Missing)
	if apply {
		found = fmt.Sprintf("%d written", r.Written)
	}
	if refused := len(r.Refused); refused > 0 {
		found += fmt.Sprintf(", %d refused", refused)
	}
	if total == 0 {
		return fmt.Sprintf("%c %d read, %.0f/s, %s", `|/-\`[turn%4], r.Read, speed, found)
	}
	total = max(total, r.Read) // identities come in meanwhile
	const width = 20
	full := width * r.Read / total
	left := time.Duration(float64(total-r.Read) / speed * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("[%s%s] %3d%%  %d of %d, %.0f/s, %s left, %s", strings.Repeat("#", full), strings.Repeat(".", width-full),
		100*r.Read/total, r.Read, total, speed, left, found)
}
