package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Claim implements courier.Store. The version of what it returns is a new one,
// so that a former owner that is merely slow gets ErrConflict.
//
// Deliveries that cannot be decrypted are put off like the others and left out;
// the error names them. They wait for their key as long as their code lives,
// then they end as expired, for good. The rest is returned beside that error,
// and must be handled: one lost key must not hold up everybody.
func (s *Store) Claim(ctx context.Context, now time.Time, lease time.Duration, n int) ([]courier.Delivery, error) {
	var claimed []vault.Record
	err := s.write(ctx, func(tx *statements) error {
		claimed = nil // a repeated run starts over
		ids, err := tx.ids(context.Background(), `
UPDATE deliveries SET version = version + 1, due_at = ?
WHERE id IN (SELECT id FROM deliveries WHERE due_at <= ? AND ended_at IS NULL ORDER BY due_at LIMIT ?)
RETURNING id`,
			micros(now.Add(lease)), micros(now), max(n, 0))
		if err != nil {
			return err
		}
		for _, id := range ids {
			r, err := one(context.Background(), tx, id)
			if err != nil {
				return err
			}
			claimed = append(claimed, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var (
		readable []courier.Delivery
		dead     []courier.Delivery
		faults   []error
	)
	for _, r := range claimed {
		d, err := s.vault.OpenDelivery(r)
		if err == nil {
			readable = append(readable, d)
			continue
		}
		if end, ended := courier.EndUnread(r.Delivery, now); ended {
			dead = append(dead, end)
			err = fmt.Errorf("%w; its code has expired, so it ends unread", err)
		}
		faults = append(faults, err)
	}
	if len(dead) > 0 {
		faults = append(faults, s.bury(ctx, dead))
	}
	return readable, errors.Join(faults...)
}

// bury writes the ends of deliveries that could not be read while their code lived.
// Those that another caller has moved on meanwhile are left alone.
func (s *Store) bury(ctx context.Context, dead []courier.Delivery) error {
	return s.write(ctx, func(tx *statements) error {
		for _, d := range dead {
			if err := saveDelivery(tx, store.Kept(d)); err != nil && !store.Declined(err) {
				return err
			}
		}
		return nil
	})
}
