package store

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Token is a login page's token, as a lookup, with the delivery that stands for it and
// until when it does.
type Token struct {
	Lookup   []byte
	Delivery courier.ID
	Until    time.Time
}

// ByToken implements courier.Watched.
func (k *Keeper) ByToken(ctx context.Context, t courier.Token) (courier.Delivery, error) {
	lookup := k.vault.TokenLookup(t)
	if lookup == nil {
		return courier.Delivery{}, courier.ErrNotFound
	}
	r, err := k.db.ByToken(ctx, lookup)
	if err != nil {
		return courier.Delivery{}, err
	}
	return k.vault.Show(r), nil
}
