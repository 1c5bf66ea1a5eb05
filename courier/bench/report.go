package bench

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"
)

// WriteMarkdown writes the figures as a page.
func (f Figures) WriteMarkdown(w io.Writer, at time.Time) error {
	var page strings.Builder
	say := func(format string, values ...any) { fmt.Fprintf(&page, format+"\n", values...) }
	say("# Benchmarks\n")
	say("Written by `make bench` on %s: %d cores, %s, %s/%s, SQLite and PostgreSQL on disk, default rules, Kratos v1.3.1's message, one", at.Format("2 January 2006"),
		runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	say("request to Meta and three signed webhooks a message. Generator and stand-in for Meta run beside the courier on the")
	say("same machine. Trust the ratios: the relay makes the same HTTP exchanges and stores nothing, and all targets are")
	say("measured in turns; medians of the rounds.\n")
	if f.Short {
		say("> This was a short run, which only proves that everything runs. Its figures mean little.\n")
	}
	f.sayCost(say)
	f.sayAccept(say)
	f.sayBeside(say)
	f.sayBursts(say)
	f.saySustained(say)
	say("## A storm of logins\n")
	say("%d people ask real Kratos for a code at the same moment; Meta takes %s for an answer.\n", f.Storm.People, f.Storm.Answer)
	say("| | until Meta has taken the last code | codes a second |\n|---|---|---|")
	say("| Kratos with the courier | %s | %.1f |", short(f.Storm.WithUs), perSecond(f.Storm.People, f.Storm.WithUs))
	say("| Kratos alone, posting to Meta | %s | %.1f |\n", short(f.Storm.Alone), perSecond(f.Storm.People, f.Storm.Alone))
	say("The slowest of an operator's views with the most deliveries stored and 300 messages a second: `%s`, %s (p50).", f.Views.Path, short(f.Views.Took))
	for _, name := range slices.Sorted(maps.Keys(f.Reports)) {
		slow := f.Reports[name]
		say("The slowest report over a month of them, with nothing else to do: `%s`, %s (p50) on %s.", slow.Path, short(slow.Took), name)
	}
	_, err := io.WriteString(w, page.String())
	return err
}

func (f Figures) sayCost(say func(string, ...any)) {
	say("## Processor time of a message\n\n![Processor time of a message](benchmarks-cpu.svg)\n")
	say("| | %s | disk, bytes a message |", strings.Join([]string{manyCallers, calm, busy}, " | "))
	say("|---|---|---|---|---|")
	for _, target := range f.targets {
		var cells []string
		for _, load := range []string{manyCallers, calm, busy} {
			got := f.Lives[load][target]
			cell := fmt.Sprintf("%d µs", got.perMessage().Microseconds())
			if target != f.targets[0] {
				cell += fmt.Sprintf(" (%.1f)", f.ratio(load, target))
			}
			if server := got.serverPerMessage(); server > 0 {
				cell += fmt.Sprintf(", server %d µs", server.Microseconds())
			}
			cells = append(cells, cell+shortfall(got))
		}
		many := f.Lives[manyCallers][target]
		say("| %s | %s | %s |", target, strings.Join(cells, " | "), thousands(many.written/max(many.messages, 1)))
	}
	say("\nIn parentheses: times the relay's. Of PostgreSQL the server's time is part of it, and said.\n")
}

// shortfall says by how much a load was more than the machine carries.
func shortfall(r result) string {
	switch {
	case r.unread > 0:
		return fmt.Sprintf(", **%d unread**", r.unread)
	case !r.kept():
		return fmt.Sprintf(", **kept %.0f a second**", r.rate())
	default:
		return ""
	}
}

// ratio is the cost of a message against the relay's.
func (f Figures) ratio(load, target string) float64 {
	relay := f.Lives[load][f.targets[0]].perMessage()
	return float64(f.Lives[load][target].perMessage()) / float64(max(relay, 1))
}

func (f Figures) sayAccept(say func(string, ...any)) {
	say("## What Kratos waits for\n\n![What Kratos waits for](benchmarks-accept.svg)\n")
	say("From the post to the answer, which comes when the message is on disk. A bare fsync of 4 KiB takes %s (p50) here; in", short(f.Fsync))
	say("parentheses: times that. A transaction of one row takes %s (p50) in the PostgreSQL here.\n", short(f.Commit))
	say("| | p50, %s | p99, %s | p99, %s | p99, %s |\n|---|---|---|---|---|", oneCaller, calm, busy, manyCallers)
	for _, target := range f.targets {
		cell := func(load string, percent int) string {
			got := f.Lives[load][target]
			took := got.percentile(percent)
			return fmt.Sprintf("%s (%.0f)", short(took), float64(took)/float64(max(f.Fsync, 1))) + shortfall(got)
		}
		say("| %s | %s | %s | %s | %s |", target, cell(oneCaller, 50), cell(calm, 99), cell(busy, 99), cell(manyCallers, 99))
	}
	say("")
}

func (f Figures) sayBeside(say func(string, ...any)) {
	say("## While something else goes on\n")
	say("What Kratos waits for at %d a second: p50 and p99 are the medians of rounds, most is of all of them. Empty is one with", f.BesideRate)
	say("nothing stored and nothing else to do, for as long, half of it before and half after. The rate is %d if the machine", busyRate)
	say("carries it with the most stored, else %d: where messages queue, the times are the queue's.\n", calmRate)
	say("| | while | p50 | p99 | most | empty: p99 | most | p99 / empty |\n|---|---|---|---|---|---|---|---|")
	for _, b := range f.Beside {
		say("| %s | %s | %s | %s | %s | %s | %s | %.1f |",
			b.Target, b.What, short(b.P50), short(b.P99), short(b.Most), short(b.Empty.P99), short(b.Empty.Most), b.ratio())
	}
	say("")
}

func (f Figures) sayBursts(say func(string, ...any)) {
	say("## When Meta has held its webhooks back\n")
	say("%d messages a second come in all the time; Meta posts what it held back at %d times that rate.\n", burstMessages, burstTimes)
	say("| | webhooks held back | a webhook's answer, p50 | p99 | Kratos waits, p50 | p99 |\n|---|---|---|---|---|---|")
	for _, b := range f.Bursts {
		say("| %s | %s | %s | %s | %s | %s |", b.Target, thousands(b.Held),
			short(b.Webhook.P50), short(b.Webhook.P99), short(b.Accept.P50), short(b.Accept.P99))
	}
	say("")
}

func (f Figures) saySustained(say func(string, ...any)) {
	say("## Sustained\n")
	say("A rate is kept when the last life ends soon after the last message came in, and no message stays unread.\n")
	say("| sending numbers | asked | for | last life ended after | unread after %s | lives a second | cores that the courier used | accept p99 | memory at most |", lifeWithin)
	say("|---|---|---|---|---|---|---|---|---|")
	for _, s := range f.Sustained {
		say("| %d | %d | %s | %s | %d | %.0f | %.2f | %s | %d MB |",
			s.Numbers, s.Asked, s.Span, short(s.Took), s.Unread, s.Got, s.Cores, short(s.AcceptP99), s.Resident>>20)
	}
	say("")
}

func perSecond(n int, took time.Duration) float64 { return float64(n) / max(took, 1).Seconds() }

// short writes a time with two or three digits.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	default:
		return d.Round(10 * time.Microsecond).String()
	}
}
