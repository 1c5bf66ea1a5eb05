package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Enter implements store.LedgerTx. All entries are tried in one round; those behind one
// without room are taken back.
func (s *statements) Enter(id courier.ID, entries []store.Entry) (int, error) {
	tried := make([]*statement, len(entries))
	for i, e := range entries {
		tried[i] = s.queue(enter(id, e))
	}
	if err := s.wait(); err != nil {
		return 0, err
	}
	for i, st := range tried {
		if st.changed > 0 {
			continue
		}
		for j, behind := range tried[i:] {
			if behind.changed > 0 {
				if err := s.TakeBack(id, entries[i+j:i+j+1]); err != nil {
					return i, err
				}
			}
		}
		return i, nil
	}
	return len(entries), nil
}

// enter makes one entry, if the quota has room.
func enter(id courier.ID, e store.Entry) *statement {
	room, args := "true", []any{e.Lookup, e.Name, e.At(), id, e.Until()}
	if e.Max != courier.Unlimited {
		room = "(SELECT count(*) FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ?) < ?"
		args = append(args, e.Lookup, e.Name, e.From(), e.To(), e.Max)
	}
	return &statement{args: args, text: `
INSERT INTO ledger (subject, name, at, delivery_id, until)
SELECT ?::bytea, ?::text, ?::bigint, ?::uuid, ?::bigint WHERE ` + room + `
ON CONFLICT (subject, name, at, delivery_id) DO UPDATE SET until = excluded.until`}
}

// TakeBack implements store.LedgerTx.
func (s *statements) TakeBack(id courier.ID, entries []store.Entry) error {
	for _, e := range entries {
		err := s.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND at = ? AND delivery_id = ?",
			e.Lookup, e.Name, e.At(), id)
		if err != nil {
			return err
		}
	}
	return nil
}

// Forget implements store.LedgerTx.
func (s *statements) Forget(id courier.ID, e store.Entry) error {
	return s.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND (at <= ? OR delivery_id = ?)",
		e.Lookup, e.Name, e.At(), id)
}

// Latest implements store.Database.
func (db *database) Latest(ctx context.Context, e store.Entry, n int) (count int, oldest time.Time, err error) {
	err = db.read.each(ctx, func(rows pgx.Rows) error { return rows.Scan(&count, store.Instant{Into: &oldest}) }, `
SELECT count(*), min(at) FROM
(SELECT at FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ? ORDER BY at DESC LIMIT ?) AS latest`,
		e.Lookup, e.Name, e.From(), e.At(), n)
	return count, oldest, err
}

// Events implements store.Database.
func (db *database) Events(ctx context.Context, e store.Entry, n int) (events []courier.Event, err error) {
	err = db.read.each(ctx, func(rows pgx.Rows) error {
		var event courier.Event
		err := rows.Scan(&event.Delivery, store.Instant{Into: &event.At})
		events = append(events, event)
		return err
	}, "SELECT delivery_id, at FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ? ORDER BY at, delivery_id LIMIT ?",
		e.Lookup, e.Name, e.From(), e.To(), n)
	return events, err
}
