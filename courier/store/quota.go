package store

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// LedgerTx is what quotas ask of a transaction. Each event belongs to a delivery.
type LedgerTx interface {
	// Enter makes entries in their order until one has no room. It returns how many
	// it made.
	Enter(id courier.ID, entries []Entry) (int, error)
	// TakeBack removes the events that the delivery entered at these instants.
	TakeBack(id courier.ID, entries []Entry) error
	// Forget removes the events of a subject up to that instant, and those of the
	// delivery.
	Forget(id courier.ID, e Entry) error
}

// Entry is a quota whose subject is a lookup.
type Entry struct {
	courier.Quota
	Lookup []byte
}

// From is where the window begins; what is at it does not count.
func (e Entry) From() int64 { return e.Now.Add(-e.Window).UnixMicro() }

// At is the instant of the event.
func (e Entry) At() int64 { return e.Now.UnixMicro() }

// To is up to when events count, see Skew.
func (e Entry) To() int64 { return e.Now.Add(Skew).UnixMicro() }

// Until is from when on the event counts in no window.
func (e Entry) Until() int64 { return e.Now.Add(e.Window).UnixMicro() }

// entries looks the subjects of quotas up.
func (k *Keeper) entries(quotas []courier.Quota) []Entry {
	if len(quotas) == 0 {
		return nil
	}
	entries := make([]Entry, len(quotas))
	for i, q := range quotas {
		entries[i] = Entry{Quota: q, Lookup: k.vault.SubjectLookup(q)}
	}
	return entries
}

// bounded returns the keys of those entries for which it matters how many there are.
func bounded(entries []Entry) [][]byte {
	var keys [][]byte
	for _, e := range entries {
		if e.Act == courier.Enter && e.Max != courier.Unlimited {
			keys = append(keys, append([]byte(e.Name+" "), e.Lookup...))
		}
	}
	return keys
}

// acting are the entries that have this Act.
func acting(entries []Entry, act courier.Act) []Entry {
	var those []Entry
	for _, e := range entries {
		if e.Act == act {
			those = append(those, e)
		}
	}
	return those
}

// spend does with the event of each quota what its Act says, for one delivery. If
// one to enter is spent, it fails with a *courier.QuotaError and changes nothing.
func spend(tx LedgerTx, id courier.ID, entries []Entry) error {
	if enter := acting(entries, courier.Enter); len(enter) > 0 {
		n, err := tx.Enter(id, enter)
		if err != nil {
			return err
		}
		if n < len(enter) {
			if err := tx.TakeBack(id, enter[:n]); err != nil {
				return err
			}
			return &courier.QuotaError{Quota: enter[n].Name}
		}
	}
	if back := acting(entries, courier.TakeBack); len(back) > 0 {
		if err := tx.TakeBack(id, back); err != nil {
			return err
		}
	}
	for _, e := range acting(entries, courier.Forget) {
		if err := tx.Forget(id, e); err != nil {
			return err
		}
	}
	return nil
}

// Forget implements courier.Store.
func (k *Keeper) Forget(ctx context.Context, q courier.Quota) error {
	e := k.entries([]courier.Quota{q})[0]
	return k.write(ctx, Op{Do: func(tx Tx) error { return tx.Forget(courier.ID{}, e) }})
}

// Enter implements courier.Entries.
func (k *Keeper) Enter(ctx context.Context, id courier.ID, quotas ...courier.Quota) error {
	entries := k.entries(quotas)
	return k.write(ctx, Op{Keys: bounded(entries), Do: func(tx Tx) error { return spend(tx, id, entries) }})
}

// Events implements courier.Entries.
func (k *Keeper) Events(ctx context.Context, q courier.Quota, n int) ([]courier.Event, error) {
	return k.db.Events(ctx, k.entries([]courier.Quota{q})[0], n)
}

// Latest implements courier.Ledger.
func (k *Keeper) Latest(ctx context.Context, q courier.Quota, n int) (count int, oldest time.Time, err error) {
	return k.db.Latest(ctx, k.entries([]courier.Quota{q})[0], n)
}
