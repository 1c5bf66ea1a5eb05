package bench

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"
)

// bar is one bar of a plot.
type bar struct {
	group, name string
	value       float64
	label       string
}

// WriteCPUPlot draws the processor time of a message, by load and target.
func (f Figures) WriteCPUPlot(w io.Writer) error {
	return f.plot(w, "Processor time of a message, µs", []string{manyCallers, busy, calm}, func(r result) (float64, string) {
		micros := r.perMessage().Microseconds()
		return float64(micros), fmt.Sprint(micros)
	})
}

// WriteAcceptPlot draws the 99th percentile of what Kratos waits for.
func (f Figures) WriteAcceptPlot(w io.Writer) error {
	return f.plot(w, "What Kratos waits for, p99, ms", []string{oneCaller, calm, busy, manyCallers}, func(r result) (float64, string) {
		ms := float64(r.percentile(99)) / float64(time.Millisecond)
		return ms, fmt.Sprintf("%.1f", ms)
	})
}

func (f Figures) plot(w io.Writer, title string, loads []string, read func(result) (float64, string)) error {
	var bars []bar
	for _, load := range loads {
		for _, target := range f.targets {
			value, label := read(f.Lives[load][target])
			bars = append(bars, bar{load, target, value, label})
		}
	}
	return drawBars(w, title, bars)
}

// Sizes of a plot, in pixels.
const (
	plotWidth, labels, barHeight, gap = 760, 190, 18, 14
)

// drawBars draws horizontal bars, group by group. It needs no script and no font of
// its own, and follows the reader's choice of light or dark.
func drawBars(w io.Writer, title string, bars []bar) error {
	colours := []string{"#8a8f98", "#1a7f5a", "#2f6fdb", "#b4552d", "#7a4fb5", "#b58b1a", "#2b9aa8", "#8c564b"}
	most := 1e-9
	var names []string
	for _, b := range bars {
		most = max(most, b.value)
		if !slices.Contains(names, b.name) {
			names = append(names, b.name)
		}
	}
	var body strings.Builder
	y, group := 40, ""
	for _, b := range bars {
		if b.group != group {
			y += gap
			fmt.Fprintf(&body, "<text x=\"8\" y=\"%d\" font-weight=\"bold\">%s</text>\n", y+barHeight-5, html.EscapeString(b.group))
			group = b.group
		}
		width := b.value / most * (plotWidth - labels - 90)
		colour := colours[slices.Index(names, b.name)%len(colours)]
		fmt.Fprintf(&body, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s, %s: %s</title></rect>\n",
			labels, y, max(width, 1), barHeight-3, colour, html.EscapeString(b.group), html.EscapeString(b.name), b.label)
		fmt.Fprintf(&body, "<text x=\"%.1f\" y=\"%d\">%s</text>\n", labels+width+6, y+barHeight-6, b.label)
		y += barHeight
	}
	y += 2 * gap
	x := 8
	for i, name := range names {
		fmt.Fprintf(&body, "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/><text x=\"%d\" y=\"%d\">%s</text>\n",
			x, y, colours[i%len(colours)], x+18, y+11, html.EscapeString(name))
		x += 40 + 7*len(name)
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">
<style>text { font: 12px sans-serif; fill: #24292f } svg { background: #fff } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } svg { background: #0d1117 } }</style>
<text x="8" y="24" style="font-size: 15px">%s</text>
%s</svg>
`, plotWidth, y+30, html.EscapeString(title), html.EscapeString(title), body.String())
	return err
}
