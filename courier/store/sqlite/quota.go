package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// spend does with the event of each quota what its Act says, for one delivery. If
// one to enter is spent, it fails with a *courier.QuotaError and changes nothing.
func (s *Store) spend(tx *statements, id courier.ID, quotas []courier.Quota) error {
	for i, q := range quotas {
		if q.Act != courier.Enter {
			continue
		}
		entered, err := s.enter(tx, id, q)
		if err != nil {
			return err
		}
		if !entered {
			if err := s.takeBack(tx, id, quotas[:i], courier.Enter); err != nil {
				return err
			}
			return &courier.QuotaError{Quota: q.Name}
		}
	}
	if err := s.takeBack(tx, id, quotas, courier.TakeBack); err != nil {
		return err
	}
	for _, q := range quotas {
		if q.Act == courier.Forget {
			if err := s.forget(tx, id, q); err != nil {
				return err
			}
		}
	}
	return nil
}

// forget removes the events of a subject up to q.Now, and those of one delivery.
func (s *Store) forget(tx *statements, id courier.ID, q courier.Quota) error {
	return tx.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND (at <= ? OR delivery_id = ?)",
		s.vault.SubjectLookup(q), q.Name, q.Now.UnixMicro(), id[:])
}

// Forget implements courier.Store.
func (s *Store) Forget(ctx context.Context, q courier.Quota) error {
	return s.write(ctx, func(tx *statements) error { return s.forget(tx, courier.ID{}, q) })
}

// enter makes one entry, if the quota has room.
func (s *Store) enter(tx *statements, id courier.ID, q courier.Quota) (bool, error) {
	subject := s.vault.SubjectLookup(q)
	room, args := "true", []any{subject, q.Name, q.Now.UnixMicro(), id[:], q.Now.Add(q.Window).UnixMicro()}
	if q.Max != courier.Unlimited {
		room = "(SELECT count(*) FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ?) < ?"
		args = append(args, subject, q.Name, q.Now.Add(-q.Window).UnixMicro(), q.Now.Add(store.Skew).UnixMicro(), q.Max)
	}
	entered, err := tx.change(`
INSERT INTO ledger (subject, name, at, delivery_id, until) SELECT ?, ?, ?, ?, ? WHERE `+room+`
ON CONFLICT (subject, name, at, delivery_id) DO UPDATE SET until = excluded.until`, args...)
	return entered > 0, err
}

// Latest implements courier.Ledger.
func (s *Store) Latest(ctx context.Context, q courier.Quota, n int) (count int, oldest time.Time, err error) {
	err = s.read.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&count, instant{&oldest}) }, `
SELECT count(*), min(at) FROM
(SELECT at FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ? ORDER BY at DESC LIMIT ?)`,
		s.vault.SubjectLookup(q), q.Name, q.Now.Add(-q.Window).UnixMicro(), q.Now.UnixMicro(), n)
	return count, oldest, err
}

// takeBack removes the events of one delivery that have this Act.
func (s *Store) takeBack(tx *statements, id courier.ID, quotas []courier.Quota, act courier.Act) error {
	for _, q := range quotas {
		if q.Act != act {
			continue
		}
		err := tx.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND at = ? AND delivery_id = ?",
			s.vault.SubjectLookup(q), q.Name, q.Now.UnixMicro(), id[:])
		if err != nil {
			return err
		}
	}
	return nil
}
