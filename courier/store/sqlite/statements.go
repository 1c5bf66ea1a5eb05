package sqlite

import (
	"context"
	"database/sql"
	"runtime"
	"sync"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// preparer is a connection or a pool of them.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

// statements prepares each text once: parsing costs more than most of these
// statements do.
type statements struct {
	on preparer
	// Tallies are what the transaction under way adds to the reports.
	store.Tallies

	mu     sync.Mutex
	byText map[string]*sql.Stmt
}

func newStatements(on preparer) *statements {
	return &statements{on: on, byText: make(map[string]*sql.Stmt)}
}

func (s *statements) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt, ok := s.byText[text]; ok {
		return stmt, nil
	}
	stmt, err := s.on.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.byText[text] = stmt
	return stmt, nil
}

// exec runs a statement whose effect is all that matters.
func (s *statements) exec(text string, args ...any) error {
	_, err := s.change(text, args...)
	return err
}

// change runs a statement and returns how many rows it changed.
func (s *statements) change(text string, args ...any) (int, error) {
	stmt, err := s.prepare(context.Background(), text)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// givesWay is after how many rows of a long answer others get the processor. Go would take it
// away only after 10 ms, and codes that come in would wait for that.
const givesWay = 8

// each calls scan for every row of the answer.
func (s *statements) each(ctx context.Context, scan func(*sql.Rows) error, text string, args ...any) error {
	stmt, err := s.prepare(ctx, text)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		if err := scan(rows); err != nil {
			return err
		}
		if n%givesWay == 0 {
			runtime.Gosched()
		}
	}
	return rows.Err()
}

// one scans the only row of an answer; found is false when there is none.
func (s *statements) one(text string, args []any, into ...any) (found bool, err error) {
	err = s.each(context.Background(), func(rows *sql.Rows) error {
		found = true
		return rows.Scan(into...)
	}, text, args...)
	return found, err
}

// ids collects the ids that a query answers.
func (s *statements) ids(ctx context.Context, text string, args ...any) ([]courier.ID, error) {
	var ids []courier.ID
	err := s.each(ctx, func(rows *sql.Rows) error {
		var id courier.ID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, text, args...)
	return ids, err
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.byText {
		_ = stmt.Close()
	}
	clear(s.byText)
}
