package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// TallyTx is what Accept and Save ask of a transaction for the reports.
type TallyTx interface {
	// Tally adds a tally to what this transaction adds up. It is written with the commit.
	Tally(t courier.Tally)
}

// Tallies are what a transaction adds to the reports. Many of its operations move the same
// few rows, which are then written once. The zero value is empty.
type Tallies struct {
	rows    map[tallyKey]*courier.Counts
	reasons map[reasonKey]int
}

// tallyKey is the key of a row, but for its shard.
type tallyKey struct {
	span, began               int64
	country, purpose, channel string
}

type reasonKey struct {
	tallyKey
	measure, reason string
}

// Tally implements TallyTx.
func (all *Tallies) Tally(t courier.Tally) {
	if all.rows == nil {
		all.rows, all.reasons = make(map[tallyKey]*courier.Counts), make(map[reasonKey]int)
	}
	for _, span := range []courier.Span{courier.Hour, courier.Day} {
		key := tallyKey{seconds(span), span.Of(t.Accepted).UnixMicro(), t.Country, string(t.Purpose), string(t.Channel)}
		if all.rows[key] == nil {
			all.rows[key] = &courier.Counts{}
		}
		all.rows[key].Add(t.Counts)
		for reason, n := range t.Reasons {
			all.reasons[reasonKey{key, measure(reason.Measure), reason.Word}] += n
		}
	}
}

// Merge adds others.
func (all *Tallies) Merge(others Tallies) {
	if all.rows == nil {
		all.rows, all.reasons = make(map[tallyKey]*courier.Counts), make(map[reasonKey]int)
	}
	for key, counts := range others.rows {
		if all.rows[key] == nil {
			all.rows[key] = &courier.Counts{}
		}
		all.rows[key].Add(*counts)
	}
	for key, n := range others.reasons {
		all.reasons[key] += n
	}
}

func seconds(s courier.Span) int64 { return int64(time.Duration(s) / time.Second) }

// measure is how a measure that has reasons is stored.
func measure(m courier.Measure) string {
	if m == courier.MeasureSuppressed {
		return "suppressed"
	}
	return "failed"
}

const (
	tallyKeys  = "span, began, shard, country, purpose, channel"
	reasonKeys = tallyKeys + ", measure, reason"
)

// tallyCounts are the columns of courier.Counts, in their order.
func tallyCounts() []string {
	columns := []string{"messages", "suppressed", "sent", "delivered", "read", "used", "fell_back", "failed"}
	for i := range len(courier.Counts{}) - len(columns) {
		columns = append(columns, fmt.Sprintf("phone_%d", i+1))
	}
	return columns
}

// TallyColumns and ReasonColumns are those of the two tables.
func TallyColumns() string { return tallyKeys + ", " + strings.Join(tallyCounts(), ", ") }

// ReasonColumns are those of tally_reasons.
func ReasonColumns() string { return reasonKeys + ", n" }

// Write gives exec the statements that add everything up, each with the arguments of one
// row. shard keeps writers apart that would else wait for each other's commits; those of
// one shard meet the rows in one order, so that none waits for another that waits for it.
func (all *Tallies) Write(shard int, exec func(text string, args ...any) error) error {
	if len(all.rows) == 0 { // reasons come with rows
		return nil
	}
	addCounts, addReason := addUp("tallies", tallyKeys, tallyCounts()...), addUp("tally_reasons", reasonKeys, "n")
	for _, key := range sorted(all.rows, tallyKey.compare) {
		args := append(key.values(shard), make([]any, len(courier.Counts{}))...)
		for i, n := range all.rows[key] {
			args[len(args)-len(courier.Counts{})+i] = int64(n)
		}
		if err := exec(addCounts, args...); err != nil {
			return fmt.Errorf("tallies: %w", err)
		}
	}
	for _, key := range sorted(all.reasons, reasonKey.compare) {
		args := append(key.values(shard), key.measure, key.reason, int64(all.reasons[key]))
		if err := exec(addReason, args...); err != nil {
			return fmt.Errorf("reasons of tallies: %w", err)
		}
	}
	return nil
}

func (k tallyKey) values(shard int) []any {
	return []any{k.span, k.began, int64(shard), k.country, k.purpose, k.channel}
}

func (k tallyKey) compare(other tallyKey) int {
	return cmp.Or(cmp.Compare(k.span, other.span), cmp.Compare(k.began, other.began), cmp.Compare(k.country, other.country),
		cmp.Compare(k.purpose, other.purpose), cmp.Compare(k.channel, other.channel))
}

func (k reasonKey) compare(other reasonKey) int {
	return cmp.Or(k.tallyKey.compare(other.tallyKey), cmp.Compare(k.measure, other.measure), cmp.Compare(k.reason, other.reason))
}

func sorted[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compare)
	return keys
}

// addUp is the statement that adds a row to the one that is there.
func addUp(table, keys string, counts ...string) string {
	columns := keys + ", " + strings.Join(counts, ", ")
	sums := make([]string, len(counts))
	for i, c := range counts {
		sums[i] = fmt.Sprintf("%s = %s.%s + excluded.%s", c, table, c, c)
	}
	return "INSERT INTO " + table + " (" + columns + ") VALUES (" + marks(strings.Count(columns, ",")+1) + ") ON CONFLICT (" + keys + ") DO UPDATE SET " + strings.Join(sums, ", ")
}

// OldTallies are the statements that remove what reports do not ask for any more.
func OldTallies(now time.Time) map[string][]any {
	const day = 24 * time.Hour
	old := make(map[string][]any)
	for span, kept := range map[courier.Span]time.Duration{courier.Hour: 40 * day, courier.Day: 3 * 365 * day} {
		for _, table := range []string{"tallies", "tally_reasons"} {
			// The span is part of the text, so that there is one for each.
			old[fmt.Sprintf("DELETE FROM %s WHERE span = %d AND began < ?", table, seconds(span))] = []any{span.Of(now.Add(-kept)).UnixMicro()}
		}
	}
	return old
}
