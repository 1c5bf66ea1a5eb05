package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// report is one as the API shows it.
type report struct {
	By       string       `json:"by"`
	From     time.Time    `json:"from"`
	To       time.Time    `json:"to"`
	Currency string       `json:"currency"`
	Lines    []reportLine `json:"lines"`
	Total    reportLine   `json:"total"`
}

type reportLine struct {
	Key           string         `json:"key"`
	Messages      int            `json:"messages"`
	Suppressed    int            `json:"suppressed"`
	Sent          int            `json:"sent"`
	Delivered     int            `json:"delivered"`
	Read          int            `json:"read"`
	FallbackShare float64        `json:"fallback_share"`
	Conversion    float64        `json:"conversion"`
	Failed        int            `json:"failed"`
	Reasons       map[string]int `json:"failed_by_reason"`
	Median        *float64       `json:"median_seconds"`
	P95           *float64       `json:"p95_seconds"`
	Cost          float64        `json:"cost"`
	Unpriced      int            `json:"unpriced"`
}

// reportFlags select a report.
type reportFlags struct {
	by, from, to string
	csv          bool
}

func reportsCommand() *cobra.Command {
	var f reportFlags
	var o *options
	cmd := group("reports", "Count messages, conversion, failures, times and cost",
		"Counts the messages of some time by day, hour, country, channel or purpose: what was sent, delivered, read and\n"+
			"used, how many fell back to SMS or failed and why, how long they took to the phone, and what they cost by\n"+
			"reports.prices of the configuration. Without --from it is the last 7 days, or 24 hours by the hour.",
		func(shared *options) []*cobra.Command { o = shared; return nil })
	cmd.Example = "  whatsapp-courier reports --by country --from 168h\n  whatsapp-courier reports --by day --from 2026-11-01T00:00:00Z --csv > november.csv"
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return run(o, f.show)(cmd, args) }
	groupings := []string{"day", "hour", "country", "channel", "purpose"}
	cmd.Flags().StringVar(&f.by, "by", "day", strings.Join(groupings, ", "))
	complete(cmd, "by", groupings...)
	cmd.Flags().StringVar(&f.from, "from", "", "accepted at this instant (RFC 3339) or later, or no longer ago than this, such as 24h")
	cmd.Flags().StringVar(&f.to, "to", "", "accepted before this instant, or longer ago than this")
	cmd.Flags().BoolVar(&f.csv, "csv", false, "print CSV, whatever --format says")
	return cmd
}

func (f *reportFlags) show(ctx context.Context, s *session, _ []string) error {
	query := url.Values{"by": {f.by}}
	for name, text := range map[string]string{"from": f.from, "to": f.to} {
		if text == "" {
			continue
		}
		at, err := moment(text, s.now())
		if err != nil {
			return fmt.Errorf("--%s: %w", name, err)
		}
		query.Set(name, at.Format(time.RFC3339Nano))
	}
	if f.csv {
		query.Set("format", "csv")
		text, err := s.ask(ctx, http.MethodGet, "reports", query, nil)
		if err != nil {
			return err
		}
		return s.print(string(text))
	}
	var r report
	answer, err := s.get(ctx, http.MethodGet, "reports", query, nil, &r)
	if err != nil {
		return err
	}
	if r.By == "" {
		return errors.New("the courier is no operator API of this version: its answer is no report")
	}
	return s.show(answer, r.table)
}

func (r report) table(w io.Writer) {
	row(w, strings.ToUpper(r.By), "MESSAGES", "SUPPRESSED", "SENT", "DELIVERED", "READ", "FALLBACK", "USED", "FAILED", "MEDIAN", "P95", "COST "+r.Currency, "WHY FAILED")
	r.Total.Key = "total"
	for _, line := range append(slices.Clone(r.Lines), r.Total) {
		cost := fmt.Sprintf("%.2f", line.Cost)
		if line.Unpriced > 0 {
			cost = fmt.Sprintf("%s + %d unpriced", cost, line.Unpriced)
		}
		row(w, dash(line.Key), line.Messages, line.Suppressed, line.Sent, line.Delivered, line.Read,
			percent(line.FallbackShare), percent(line.Conversion), line.Failed, inSeconds(line.Median), inSeconds(line.P95), cost, dash(line.why()))
	}
}

// why lists the reasons, the most frequent first.
func (l reportLine) why() string {
	reasons := slices.Sorted(maps.Keys(l.Reasons))
	slices.SortStableFunc(reasons, func(a, b string) int { return l.Reasons[b] - l.Reasons[a] })
	for i, reason := range reasons {
		reasons[i] = fmt.Sprintf("%s %d", reason, l.Reasons[reason])
	}
	return strings.Join(reasons, ", ")
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func inSeconds(s *float64) string {
	if s == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f s", *s)
}
