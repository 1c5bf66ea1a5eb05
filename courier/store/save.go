package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Save implements courier.Store. What Kratos sent (template type, purpose,
// recipient, code, wishes) was written by Accept and stays as it is, except
// that the code is erased when the delivery ends. An attempt's ProviderID is
// written when it is new, that is, not what Load gave back.
func (s *SQLite) Save(ctx context.Context, d courier.Delivery, quotas ...courier.Quota) (courier.Delivery, error) {
	lookups := make([][]byte, len(d.Attempts))
	for i, a := range d.Attempts {
		lookups[i] = s.vault.providerLookup(a.Provider, a.ProviderID)
	}
	version := d.Version
	d = stored(d)
	err := s.write(ctx, func(tx *statements) error {
		if err := current(tx, d.ID, version); err != nil {
			return err
		}
		if err := s.vault.room(tx, quotas); err != nil {
			return err
		}
		if err := s.vault.spend(tx, d.ID, quotas); err != nil {
			return err
		}
		if err := saveDelivery(tx, d); err != nil {
			return err
		}
		for i, a := range d.Attempts {
			if err := saveAttempt(tx, d.ID, a, lookups[i]); err != nil {
				return fmt.Errorf("attempt %d: %w", a.N, err)
			}
		}
		return nil
	})
	if err != nil {
		return courier.Delivery{}, err
	}
	d.Version = version + 1
	return d, nil
}

// providerLookup returns by what a provider's id is found, or nil if there is
// no id, or only what is left of a stored one.
func (v *vault) providerLookup(provider, id string) []byte {
	if id == "" || strings.HasPrefix(id, ellipsis) {
		return nil
	}
	return v.lookup(byProviderID, provider, id)
}

// current fails unless this is the version that is stored. It comes before all
// writes, so that a save that is declined has written nothing.
func current(tx *statements, id courier.ID, version int64) error {
	var found int64
	ok, err := tx.one("SELECT version FROM deliveries WHERE id = ?", []any{id[:]}, &found)
	switch {
	case err != nil:
		return err
	case !ok:
		return courier.ErrNotFound
	case found != version:
		return courier.ErrConflict
	}
	return nil
}

func saveDelivery(tx *statements, d courier.Delivery) error {
	return tx.exec(`
UPDATE deliveries SET
    version = version + 1, state = ?, reason = ?, repeats = ?,
    expires_at = ?, updated_at = ?, ended_at = ?, used_at = ?, due_at = ?,
    code_sealed = CASE WHEN ? THEN NULL ELSE code_sealed END
WHERE id = ? AND version = ?`,
		d.State, d.Reason, d.Repeats,
		micros(d.ExpiresAt), micros(d.UpdatedAt), micros(d.EndedAt), micros(d.UsedAt), micros(d.Due),
		d.State.Ended(), d.ID[:], d.Version)
}

func saveAttempt(tx *statements, id courier.ID, a courier.Attempt, providerLookup []byte) error {
	var tail any
	if providerLookup != nil {
		tail = a.ProviderID
	}
	return tx.exec(`
INSERT INTO attempts (
    delivery_id, n, channel, provider, provider_lookup, provider_tail, state, class, code, reason,
    retry_at, started_at, accepted_at, sent_at, delivered_at, read_at, failed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (delivery_id, n) DO UPDATE SET
    channel = excluded.channel, provider = excluded.provider,
    provider_lookup = coalesce(excluded.provider_lookup, provider_lookup),
    provider_tail = coalesce(excluded.provider_tail, provider_tail),
    state = excluded.state, class = excluded.class, code = excluded.code, reason = excluded.reason,
    retry_at = excluded.retry_at, started_at = excluded.started_at, accepted_at = excluded.accepted_at,
    sent_at = excluded.sent_at, delivered_at = excluded.delivered_at, read_at = excluded.read_at,
    failed_at = excluded.failed_at`,
		id[:], a.N, a.Channel, a.Provider, providerLookup, tail, a.State, a.Class, a.Code, a.Reason,
		micros(a.RetryAt), micros(a.StartedAt), micros(a.AcceptedAt), micros(a.SentAt), micros(a.DeliveredAt), micros(a.ReadAt), micros(a.FailedAt))
}
