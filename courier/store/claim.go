package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Claim implements courier.Store. The version of what it returns is a new one,
// so that a former owner that is merely slow gets ErrConflict.
//
// Deliveries that cannot be decrypted are put off like the others and left out;
// the error names them. They wait for their key as long as their code lives,
// then they end as expired, for good. The rest is returned beside that error,
// and must be handled: one lost key must not hold up all others.
func (k *Keeper) Claim(ctx context.Context, now time.Time, lease time.Duration, n int) ([]courier.Delivery, error) {
	claimed, err := k.db.Claim(ctx, now, now.Add(lease), max(n, 0))
	if err != nil {
		return nil, err
	}
	var (
		readable []courier.Delivery
		dead     []courier.Delivery
		faults   []error
	)
	for _, r := range claimed {
		d, err := k.vault.OpenDelivery(r)
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
	for _, d := range dead {
		faults = append(faults, k.bury(ctx, d))
	}
	return readable, errors.Join(faults...)
}

// bury writes the end of a delivery that could not be read while its code lived. One
// that another caller has moved on meanwhile is left alone.
func (k *Keeper) bury(ctx context.Context, dead courier.Delivery) error {
	err := k.write(ctx, Op{
		Keys: [][]byte{dead.ID[:]},
		Do:   func(tx Tx) error { return saveDelivery(tx, Kept(dead)) },
	})
	if Declined(err) {
		return nil
	}
	return err
}
