package store

import (
	"context"
	"errors"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// erasesAtOnce is how many deliveries lose their number in one transaction.
const erasesAtOnce = 100

// EraseNumber implements courier.Eraser. The provider's ids stay findable: they are
// HMACs, and a late report still belongs to its delivery.
func (k *Keeper) EraseNumber(ctx context.Context, p courier.Phone) (int, error) {
	none, all := k.vault.PhoneLookup(courier.Phone{}), 0
	for {
		ids, err := k.db.Find(ctx, Search{PhoneLookup: k.vault.PhoneLookup(p), Limit: erasesAtOnce})
		if err != nil || len(ids) == 0 {
			return all, err
		}
		erased := 0
		err = k.write(ctx, Op{Do: func(tx Tx) error {
			erased = 0
			for _, id := range ids {
				r, err := tx.Record(id)
				if errors.Is(err, courier.ErrNotFound) || err == nil && !r.State.Ended() {
					continue
				}
				if err == nil {
					err = tx.EraseNumber(id, none)
				}
				if err != nil {
					return err
				}
				erased++
			}
			return nil
		}})
		if err != nil {
			return all, err // erased may still be written to
		}
		if erased == 0 {
			return all, nil
		}
		all += erased
	}
}
