package store

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// atOnce is how many statements of a report run beside each other: one that is asked for
// by an operator shall not take all connections.
const atOnce = 2

// Tallies implements courier.Reader.
func (k *Keeper) Tallies(ctx context.Context, q courier.TallyQuery) ([]courier.Tally, error) {
	searches := newTallySearches(q)
	found := make([][]courier.Tally, len(searches))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, s := range searches {
		group.Go(func() (err error) {
			found[i], err = k.db.Tallies(ctx, s)
			return err
		})
	}
	err := group.Wait()
	return slices.Concat(found...), err
}

// TallySearch is a statement that reads what was tallied, added up as far as a report does
// not tell it apart.
type TallySearch struct {
	Text string
	Args []any
	// Scan reads a row of the answer.
	Scan func(Scanner) (courier.Tally, error)
}

// newTallySearches asks for one channel after the other, and groups by nothing that is the
// same in all rows: then rows come in the order of their key and need not be sorted. Of
// channels that are no lines of the report, it adds up only what is paid for.
func newTallySearches(q courier.TallyQuery) (all []TallySearch) {
	for _, channel := range []courier.Channel{"", courier.WhatsApp, courier.SMS} {
		columns, line := summed(tallyCounts()...), channel == "" || q.By == courier.ByChannel
		if !line {
			columns = paidFor()
		}
		counts := tallied(q, channel, "tallies", columns)
		counts.Scan = scanCounts
		all = append(all, counts)
		if line {
			reasons := tallied(q, channel, "tally_reasons", "measure, reason, "+summed("n"), "measure", "reason")
			reasons.Scan = scanReasons
			all = append(all, reasons)
		}
	}
	return all
}

// tallied adds up the columns of one channel.
func tallied(q courier.TallyQuery, channel courier.Channel, table, columns string, groups ...string) (s TallySearch) {
	began, purpose, country := "CAST(0 AS bigint)", "''", "''"
	switch q.By {
	case courier.ByHour, courier.ByDay:
		began, groups = "began", append([]string{"began"}, groups...)
	case courier.ByPurpose:
		purpose, groups = "purpose", append([]string{"purpose"}, groups...)
	case courier.ByCountry:
		country, groups = "country", append([]string{"country"}, groups...)
	case courier.ByChannel:
	}
	if channel != "" && q.By != courier.ByCountry && len(q.Countries) > 0 {
		country = "CASE WHEN country IN (" + marks(len(q.Countries)) + ") THEN country ELSE '' END"
		groups = append(groups, "3")
		for _, c := range q.Countries {
			s.Args = append(s.Args, c)
		}
	}
	whole := q.Whole()
	s.Args = append(s.Args, seconds(whole.Span()), whole.From.UnixMicro(), whole.Until.UnixMicro(), string(channel))
	groups = append([]string{"span"}, groups...) // all rows have the same one
	s.Text = "SELECT " + began + ", " + purpose + ", " + country + ", '" + string(channel) + "', " + columns + " FROM " + table +
		" WHERE span = ? AND began >= ? AND began < ? AND channel = ? GROUP BY " + strings.Join(groups, ", ")
	return s
}

// paidFor are the columns of a channel in a report that has no line for it: by the taken
// and the delivered messages costs are estimated, and for the rest stands zero.
func paidFor() string {
	columns := tallyCounts()
	for i, c := range columns {
		if c = summed(c); i != int(courier.MeasureSent) && i != int(courier.MeasureDelivered) {
			c = "0"
		}
		columns[i] = c
	}
	return strings.Join(columns, ", ")
}

func summed(columns ...string) string {
	sums := make([]string, len(columns))
	for i, c := range columns {
		sums[i] = "CAST(sum(" + c + ") AS bigint)"
	}
	return strings.Join(sums, ", ")
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func scanCounts(row Scanner) (t courier.Tally, err error) {
	into := scanned(&t)
	for i := range t.Counts {
		into = append(into, &t.Counts[i])
	}
	err = row.Scan(into...)
	return t, err
}

func scanReasons(row Scanner) (t courier.Tally, err error) {
	var stored, reason string
	var n int
	err = row.Scan(append(scanned(&t), &stored, &reason, &n)...)
	m := courier.MeasureFailed
	if stored == measure(courier.MeasureSuppressed) {
		m = courier.MeasureSuppressed
	}
	t.Reasons = map[courier.Reason]int{{Measure: m, Word: reason}: n}
	return t, err
}

// scanned are the columns that both rows begin with.
func scanned(t *courier.Tally) []any {
	return []any{Instant{&t.Accepted}, words(&t.Purpose), &t.Country, words(&t.Channel)}
}
