package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress prints what happens, line by line.
type progress struct{ out io.Writer }

func (p progress) line(format string, args ...any) {
	fmt.Fprintf(p.out, format+"\n", args...)
}

// part says that a part is ready, and how long that took.
func (p progress) part(name, what, url string, started time.Time) {
	p.line("  %-17s %-44s %-22s ready in %4d ms", name, what, strings.TrimPrefix(url, "http://"), since(started))
}

// step says what happened and when, counted from started.
func (p progress) step(started time.Time, format string, args ...any) {
	p.line("  %5d ms  %s", since(started), fmt.Sprintf(format, args...))
}

// quote prints a text as the phone shows it.
func (p progress) quote(text string) {
	for line := range strings.Lines(text) {
		p.line("            | %s", strings.TrimRight(line, "\n"))
	}
}

func since(t time.Time) int64 { return time.Since(t).Milliseconds() }
