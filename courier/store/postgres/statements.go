package postgres

import (
	"errors"
	"reflect"

	"github.com/jackc/pgx/v5"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// statements are what one operation asks of its transaction. What needs an answer ends
// the operation's part of a round: it goes on once the round is back. What needs none
// travels with the next.
type statements struct {
	// round sends what is queued and returns false if there will be no answer.
	round  func() bool
	queued []*statement
	// Tallies are what the operation adds to the reports.
	store.Tallies
}

type statement struct {
	text string
	args []any
	// scan is called for every row of the answer; nil if only the effect matters.
	scan    func(pgx.Rows) error
	changed int64
}

// errRolledBack is what an operation hears that waits for an answer when its
// transaction has failed.
var errRolledBack = errors.New("the transaction was rolled back")

func (s *statements) queue(st *statement) *statement {
	s.queued = append(s.queued, st)
	return st
}

func (s *statements) wait() error {
	if !s.round() {
		return errRolledBack
	}
	return nil
}

// exec runs a statement whose effect is all that matters.
func (s *statements) exec(text string, args ...any) error {
	s.queue(&statement{text: text, args: args})
	return nil
}

// change runs a statement and returns how many rows it changed.
func (s *statements) change(text string, args ...any) (int, error) {
	st := s.queue(&statement{text: text, args: args})
	err := s.wait()
	return int(st.changed), err
}

// each calls scan for every row of the answer.
func (s *statements) each(scan func(pgx.Rows) error, text string, args ...any) error {
	s.queue(&statement{text: text, args: args, scan: scan})
	return s.wait()
}

// one scans the only row of an answer; found is false when there is none.
func (s *statements) one(text string, args []any, into ...any) (found bool, err error) {
	err = s.each(func(rows pgx.Rows) error {
		found = true
		return rows.Scan(into...)
	}, text, args...)
	return found, err
}

// plain turns values of our own types into those that the driver knows without
// looking.
func plain(args []any) []any {
	for i, arg := range args {
		if v := reflect.ValueOf(arg); v.Kind() == reflect.String && v.Type() != reflect.TypeFor[string]() {
			args[i] = v.String()
		}
	}
	return args
}
