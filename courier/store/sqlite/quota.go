package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Enter implements store.LedgerTx.
func (s *statements) Enter(id courier.ID, entries []store.Entry) (int, error) {
	for i, e := range entries {
		entered, err := s.enter(id, e)
		if err != nil || !entered {
			return i, err
		}
	}
	return len(entries), nil
}

// enter makes one entry, if the quota has room.
func (s *statements) enter(id courier.ID, e store.Entry) (bool, error) {
	room, args := "true", []any{e.Lookup, e.Name, e.At(), id[:], e.Until()}
	if e.Max != courier.Unlimited {
		room = "(SELECT count(*) FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ?) < ?"
		args = append(args, e.Lookup, e.Name, e.From(), e.To(), e.Max)
	}
	entered, err := s.change(`
INSERT INTO ledger (subject, name, at, delivery_id, until) SELECT ?, ?, ?, ?, ? WHERE `+room+`
ON CONFLICT (subject, name, at, delivery_id) DO UPDATE SET until = excluded.until`, args...)
	return entered > 0, err
}

// TakeBack implements store.LedgerTx.
func (s *statements) TakeBack(id courier.ID, entries []store.Entry) error {
	for _, e := range entries {
		err := s.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND at = ? AND delivery_id = ?",
			e.Lookup, e.Name, e.At(), id[:])
		if err != nil {
			return err
		}
	}
	return nil
}

// Forget implements store.LedgerTx.
func (s *statements) Forget(id courier.ID, e store.Entry) error {
	return s.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND (at <= ? OR delivery_id = ?)",
		e.Lookup, e.Name, e.At(), id[:])
}

// Latest implements store.Database.
func (db *database) Latest(ctx context.Context, e store.Entry, n int) (count int, oldest time.Time, err error) {
	err = db.read.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&count, store.Instant{Into: &oldest}) }, `
SELECT count(*), min(at) FROM
(SELECT at FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ? ORDER BY at DESC LIMIT ?)`,
		e.Lookup, e.Name, e.From(), e.At(), n)
	return count, oldest, err
}

// Events implements store.Database.
func (db *database) Events(ctx context.Context, e store.Entry, n int) (events []courier.Event, err error) {
	err = db.read.each(ctx, func(rows *sql.Rows) error {
		var event courier.Event
		err := rows.Scan(&event.Delivery, store.Instant{Into: &event.At})
		events = append(events, event)
		return err
	}, "SELECT delivery_id, at FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ? ORDER BY at, delivery_id LIMIT ?",
		e.Lookup, e.Name, e.From(), e.To(), n)
	return events, err
}
