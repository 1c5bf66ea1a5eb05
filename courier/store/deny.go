package store

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// DenialsTx is what the list of those who want no messages asks of a transaction.
type DenialsTx interface {
	// Deny puts a number on the list.
	Deny(phone []byte, masked string, at time.Time) error
	// Allow takes it off.
	Allow(phone []byte) error
}

// Deny implements courier.Denials.
func (k *Keeper) Deny(ctx context.Context, p courier.Phone, at time.Time) error {
	lookup, masked := k.vault.PhoneLookup(p), p.Masked()
	return k.write(ctx, Op{Do: func(tx Tx) error { return tx.Deny(lookup, masked, at) }})
}

// Allow implements courier.Denials.
func (k *Keeper) Allow(ctx context.Context, p courier.Phone) error {
	lookup := k.vault.PhoneLookup(p)
	return k.write(ctx, Op{Do: func(tx Tx) error { return tx.Allow(lookup) }})
}

// Denied implements courier.Denials.
func (k *Keeper) Denied(ctx context.Context, p courier.Phone) (denied bool, err error) {
	lookup := k.vault.PhoneLookup(p)
	err = k.write(ctx, Op{Do: func(tx Tx) error {
		facts, err := tx.Facts(lookup, nil)
		denied = facts.Denied
		return err
	}})
	if err != nil {
		return false, err // denied may still be written to
	}
	return denied, nil
}
