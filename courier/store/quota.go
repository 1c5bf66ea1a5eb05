package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

var _ courier.Ledger = (*SQLite)(nil)

// spend enters an event of one delivery into the ledger of each quota. If one
// of them is spent, it fails with a *courier.QuotaError and enters nothing.
func (v *vault) spend(tx *statements, id courier.ID, quotas []courier.Quota) error {
	for i, q := range quotas {
		entered, err := v.enter(tx, id, q)
		if err != nil {
			return err
		}
		if !entered {
			if err := v.refund(tx, id, quotas[:i]); err != nil {
				return err
			}
			return &courier.QuotaError{Quota: q.Name}
		}
	}
	return nil
}

// enter makes one entry, if the quota has room.
func (v *vault) enter(tx *statements, id courier.ID, q courier.Quota) (bool, error) {
	subject := v.lookup(bySubject, q.Subject)
	room, args := "true", []any{subject, q.Name, q.Now.UnixMicro(), id[:], q.Now.Add(q.Window).UnixMicro()}
	if q.Max != courier.Unlimited {
		room = "(SELECT count(*) FROM ledger WHERE subject = ? AND name = ? AND at > ?) < ?"
		args = append(args, subject, q.Name, q.Now.Add(-q.Window).UnixMicro(), q.Max)
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

// refund takes back what spend has just entered.
func (v *vault) refund(tx *statements, id courier.ID, quotas []courier.Quota) error {
	for _, q := range quotas {
		err := tx.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND at = ? AND delivery_id = ?",
			v.lookup(bySubject, q.Subject), q.Name, q.Now.UnixMicro(), id[:])
		if err != nil {
			return err
		}
	}
	return nil
}
