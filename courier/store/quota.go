package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

var _ courier.Ledger = (*SQLite)(nil)

// spend does with the event of each quota what its Act says, for one delivery. If
// one to enter is spent, it fails with a *courier.QuotaError and changes nothing.
func (v *vault) spend(tx *statements, id courier.ID, quotas []courier.Quota) error {
	for i, q := range quotas {
		if q.Act != courier.Enter {
			continue
		}
		entered, err := v.enter(tx, id, q)
		if err != nil {
			return err
		}
		if !entered {
			if err := v.takeBack(tx, id, quotas[:i], courier.Enter); err != nil {
				return err
			}
			return &courier.QuotaError{Quota: q.Name}
		}
	}
	if err := v.takeBack(tx, id, quotas, courier.TakeBack); err != nil {
		return err
	}
	for _, q := range quotas {
		if q.Act == courier.Forget {
			if err := v.forget(tx, id, q); err != nil {
				return err
			}
		}
	}
	return nil
}

// forget removes the events of a subject up to q.Now, and those of one delivery.
func (v *vault) forget(tx *statements, id courier.ID, q courier.Quota) error {
	return tx.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND (at <= ? OR delivery_id = ?)",
		v.lookup(bySubject, q.Subject), q.Name, q.Now.UnixMicro(), id[:])
}

// Forget implements courier.Store.
func (s *SQLite) Forget(ctx context.Context, q courier.Quota) error {
	return s.write(ctx, func(tx *statements) error { return s.vault.forget(tx, courier.ID{}, q) })
}

// skew is by how much an event may be later than the present and still count: calls
// come in another order than their instants, and the clocks of processes that share
// the store differ. What is later was left by a clock that was ahead.
const skew = 10 * time.Second

// enter makes one entry, if the quota has room.
func (v *vault) enter(tx *statements, id courier.ID, q courier.Quota) (bool, error) {
	subject := v.lookup(bySubject, q.Subject)
	room, args := "true", []any{subject, q.Name, q.Now.UnixMicro(), id[:], q.Now.Add(q.Window).UnixMicro()}
	if q.Max != courier.Unlimited {
		room = "(SELECT count(*) FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ?) < ?"
		args = append(args, subject, q.Name, q.Now.Add(-q.Window).UnixMicro(), q.Now.Add(skew).UnixMicro(), q.Max)
	}
	entered, err := tx.change(`
INSERT INTO ledger (subject, name, at, delivery_id, until) SELECT ?, ?, ?, ?, ? WHERE `+room+`
ON CONFLICT (subject, name, at, delivery_id) DO UPDATE SET until = excluded.until`, args...)
	return entered > 0, err
}

// Latest implements courier.Ledger.
func (s *SQLite) Latest(ctx context.Context, q courier.Quota, n int) (count int, oldest time.Time, err error) {
	err = s.read.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&count, instant{&oldest}) }, `
SELECT count(*), min(at) FROM
(SELECT at FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ? ORDER BY at DESC LIMIT ?)`,
		s.vault.lookup(bySubject, q.Subject), q.Name, q.Now.Add(-q.Window).UnixMicro(), q.Now.UnixMicro(), n)
	return count, oldest, err
}

// takeBack removes the events of one delivery that have this Act.
func (v *vault) takeBack(tx *statements, id courier.ID, quotas []courier.Quota, act courier.Act) error {
	for _, q := range quotas {
		if q.Act != act {
			continue
		}
		err := tx.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND at = ? AND delivery_id = ?",
			v.lookup(bySubject, q.Subject), q.Name, q.Now.UnixMicro(), id[:])
		if err != nil {
			return err
		}
	}
	return nil
}
