package store

import (
	"context"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// NumbersTx is what the erasing of numbers asks of a transaction.
type NumbersTx interface {
	// EraseNumber removes all that a delivery has of its number, and gives it the lookup
	// of those that have none.
	EraseNumber(id courier.ID, none []byte) error
}

// Over says when a delivery was over: when it ended, or when its code did if nothing
// ended it.
type Over struct {
	ID courier.ID
	At time.Time
}

// erasedAtOnce is how many deliveries lose their numbers in one transaction at most: a code
// that comes in meanwhile may wait for all of them.
const erasedAtOnce = 50

// EraseNumbers implements Upkeep. The provider's ids stay findable: they are HMACs, and
// a late report still belongs to its delivery.
func (k *Keeper) EraseNumbers(ctx context.Context, now time.Time, keep time.Duration, behind courier.ID, n int) (int, courier.ID, error) {
	next, err := k.db.Numbered(ctx, behind, max(n, 0))
	if err != nil {
		return 0, behind, err
	}
	old, last := erasable(next, now.Add(-keep), behind)
	if len(old) == 0 {
		return 0, behind, nil
	}
	none := k.vault.PhoneLookup(courier.Phone{})
	for part := range slices.Chunk(old, erasedAtOnce) {
		err := k.write(ctx, Op{Do: func(tx Tx) error {
			for _, id := range part {
				if err := tx.EraseNumber(id, none); err != nil {
					return err
				}
			}
			return nil
		}})
		if err != nil {
			return 0, behind, err
		}
	}
	return len(old), last, nil
}

// erasable picks those that were over before an instant, and finds the last one in front
// of the first that was not.
func erasable(next []Over, before time.Time, behind courier.ID) (old []courier.ID, last courier.ID) {
	last, all := behind, true
	for _, d := range next {
		if !d.At.Before(before) {
			all = false
			continue
		}
		old = append(old, d.ID)
		if all {
			last = d.ID
		}
	}
	return old, last
}
