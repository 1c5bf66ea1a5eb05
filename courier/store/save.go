package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// SaveTx is what Save asks of a transaction.
type SaveTx interface {
	// Version returns the version that is stored.
	Version(id courier.ID) (version int64, found bool, err error)
	// Update writes what may change of a delivery, with the next version, if its
	// version is the one that is stored, and unless it would come back to life. It
	// reports whether it did. One that has ended loses its code.
	Update(d courier.Delivery) (bool, error)
	// Attempt writes an attempt; its provider's id only if lookup is not nil.
	Attempt(id courier.ID, a courier.Attempt, lookup []byte) error
}

// Save implements courier.Store. What Kratos sent (template type, purpose,
// recipient, code, wishes) was written by Accept and stays as it is, except
// that the code is erased when the delivery ends. An attempt's ProviderID is
// written when it is new, that is, not what Load gave back.
func (k *Keeper) Save(ctx context.Context, d courier.Delivery, tallies []courier.Tally, quotas ...courier.Quota) (courier.Delivery, error) {
	lookups := make([][]byte, len(d.Attempts))
	for i, a := range d.Attempts {
		lookups[i] = k.vault.ProviderLookup(a.Provider, a.ProviderID)
	}
	d = Kept(d)
	entries := k.entries(quotas)
	err := k.write(ctx, Op{
		Keys: append(bounded(entries), d.ID[:]),
		Do: func(tx Tx) error {
			if err := spendOn(tx, d, entries); err != nil {
				return err
			}
			if err := saveDelivery(tx, d); err != nil {
				return err
			}
			for i, a := range d.Attempts {
				if err := tx.Attempt(d.ID, a, lookups[i]); err != nil {
					return fmt.Errorf("attempt %d: %w", a.N, err)
				}
			}
			for _, t := range tallies {
				tx.Tally(t)
			}
			return nil
		},
		Done: func(tx Tx) (bool, error) { return saved(tx, d) },
	})
	if err != nil {
		return courier.Delivery{}, err
	}
	d.Version++
	return d, nil
}

// saved looks for what a former run of a save has left. If the delivery was moved on
// since, that cannot be told; then the next run finds a conflict.
func saved(tx Tx, d courier.Delivery) (bool, error) {
	r, err := tx.Record(d.ID)
	if errors.Is(err, courier.ErrNotFound) {
		return false, nil
	}
	return err == nil && r.Version == d.Version+1 && r.State == d.State && r.Reason == d.Reason &&
		r.NoWhatsApp == d.NoWhatsApp && r.NoSMS == d.NoSMS && r.Alert == d.Alert && len(r.Attempts) == len(d.Attempts) &&
		r.UpdatedAt.Equal(d.UpdatedAt) && r.UsedAt.Equal(d.UsedAt) && r.Due.Equal(d.Due), err
}

// spendOn spends the quotas of a save, once it is sure to go through.
func spendOn(tx Tx, d courier.Delivery, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	if err := current(tx, d); err != nil {
		return err
	}
	return spend(tx, d.ID, entries)
}

// current fails unless d's version is the one that is stored.
func current(tx Tx, d courier.Delivery) error {
	version, found, err := tx.Version(d.ID)
	switch {
	case err != nil:
		return err
	case !found:
		return courier.ErrNotFound
	case version != d.Version:
		return courier.ErrConflict
	}
	return nil
}

func saveDelivery(tx Tx, d courier.Delivery) error {
	updated, err := tx.Update(d)
	if err != nil || updated {
		return err
	}
	if err := current(tx, d); err != nil {
		return err
	}
	return ErrRevived
}

// ErrRevived is the answer to a save: the code of an ended delivery is gone, so there
// is no way back.
var ErrRevived = errors.New("a delivery that has ended cannot be live again")

// Declined reports whether err is an answer of the rules, not a fault of the
// database. An operation that gives one has written nothing, and hurts no other in
// its transaction.
func Declined(err error) bool {
	_, spent := errors.AsType[*courier.QuotaError](err)
	return spent || errors.Is(err, courier.ErrConflict) || errors.Is(err, courier.ErrNotFound)
}

// write runs an operation in the next transaction and returns when that is durable.
// What it declines is its caller's business alone, and the transaction goes on.
func (k *Keeper) write(ctx context.Context, op Op) error {
	var answer error
	do := op.Do
	op.Do = func(tx Tx) error {
		answer = do(tx)
		if Declined(answer) {
			return nil
		}
		return answer
	}
	if err := k.db.Write(ctx, op); err != nil {
		// A caller that stopped waiting must not read answer.
		return err
	}
	return answer
}
