package store

import "time"

// Table is a table of which rows move from one database to another. Both have it, with
// the same columns.
type Table struct {
	Name    string
	Columns string
	// Where narrows the rows; each question mark is an instant from which on it counts.
	Where string
	// Holds says to people what a row is.
	Holds string
}

// Put takes the rows of a table. next returns one after the other, and nil after the
// last.
type Put func(t Table, next func() ([]any, error)) error

// Moved is how many rows were put into a table.
type Moved struct {
	Table Table
	Rows  int64
}

// alive are the deliveries that something may still happen to: those that have not
// ended, those by which repeats of Kratos are known, and those that say whose sessions are
// to be ended (courier.RevocationsOwed).
const alive = "ended_at IS NULL OR id IN (SELECT delivery_id FROM seen WHERE until > ?) OR id IN (SELECT delivery_id FROM ledger WHERE name = 'revoke_sessions')"

// MovingTables are those of which a move takes rows: all that is needed to go on, and what
// reports are made of. The history stays where it is.
func MovingTables() []Table {
	return []Table{
		{"deliveries", DeliveryColumns, alive, "deliveries that something may still happen to"},
		{"attempts", AttemptColumns, "delivery_id IN (SELECT id FROM deliveries WHERE " + alive + ")", "attempts of these"},
		{"seen", "fingerprint, delivery_id, until", "until > ?", "messages by which repeats are known"},
		{"tokens", "token_lookup, delivery_id, until", "until > ?", "tokens of login pages"},
		{"ledger", "subject, name, at, delivery_id, until", "until > ?", "events of limits, budgets and memories"},
		{"denied", "phone_lookup, masked, at", "true", "denied numbers"},
		{"tallies", TallyColumns(), "true", "hours and days of reports, by country, purpose and channel"},
		{"tally_reasons", ReasonColumns(), "true", "reasons in these"},
	}
}

// Select reads the rows of a table that move at an instant.
func (t Table) Select(now time.Time) (text string, args []any) {
	for _, r := range t.Where {
		if r == '?' {
			args = append(args, Micros(now))
		}
	}
	return "SELECT " + t.Columns + " FROM " + t.Name + " WHERE " + t.Where, args
}
