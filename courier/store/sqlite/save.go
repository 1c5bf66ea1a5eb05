package sqlite

import (
	"context"
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Save implements courier.Store. What Kratos sent (template type, purpose,
// recipient, code, wishes) was written by Accept and stays as it is, except
// that the code is erased when the delivery ends. An attempt's ProviderID is
// written when it is new, that is, not what Load gave back.
func (s *Store) Save(ctx context.Context, d courier.Delivery, quotas ...courier.Quota) (courier.Delivery, error) {
	lookups := make([][]byte, len(d.Attempts))
	for i, a := range d.Attempts {
		lookups[i] = s.vault.ProviderLookup(a.Provider, a.ProviderID)
	}
	d = store.Kept(d)
	err := s.write(ctx, func(tx *statements) error {
		if err := s.spendOn(tx, d, quotas); err != nil {
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
	d.Version++
	return d, nil
}

// spendOn spends the quotas of a save, once it is sure to go through.
func (s *Store) spendOn(tx *statements, d courier.Delivery, quotas []courier.Quota) error {
	if len(quotas) == 0 {
		return nil
	}
	if err := current(tx, d); err != nil {
		return err
	}
	return s.spend(tx, d.ID, quotas)
}

// current fails unless d's version is the one that is stored.
func current(tx *statements, d courier.Delivery) error {
	var version int64
	found, err := tx.one("SELECT version FROM deliveries WHERE id = ?", []any{d.ID[:]}, &version)
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

// saveDelivery has a statement for either half of a life, because SQLite
// rewrites the indexes of every column that a statement names.
func saveDelivery(tx *statements, d courier.Delivery) error {
	const common = `
UPDATE deliveries SET
    version = version + 1, state = ?, reason = ?, no_whatsapp = ?, no_sms = ?, alert = ?, repeats = ?,
    expires_at = ?, updated_at = ?, used_at = ?, due_at = ?`
	args := []any{
		d.State, d.Reason, d.NoWhatsApp, d.NoSMS, d.Alert, d.Repeats,
		micros(d.ExpiresAt), micros(d.UpdatedAt), micros(d.UsedAt), micros(d.Due),
	}
	text := common + " WHERE id = ? AND version = ? AND ended_at IS NULL"
	if d.State.Ended() {
		text = common + ", ended_at = ?, code_sealed = NULL WHERE id = ? AND version = ?"
		args = append(args, micros(d.EndedAt))
	}
	changed, err := tx.change(text, append(args, d.ID[:], d.Version)...)
	if err != nil || changed == 1 {
		return err
	}
	if err := current(tx, d); err != nil {
		return err
	}
	return store.ErrRevived
}

// saveAttempt leaves the provider's id alone unless it is new.
func saveAttempt(tx *statements, id courier.ID, a courier.Attempt, providerLookup []byte) error {
	const common = `
INSERT INTO attempts (
    delivery_id, n, channel, provider, provider_lookup, provider_tail, variant, receipts, known_as, state, class, code, reason,
    retry_at, started_at, accepted_at, sent_at, delivered_at, read_at, failed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (delivery_id, n) DO UPDATE SET
    channel = excluded.channel, provider = excluded.provider,
    variant = excluded.variant, receipts = excluded.receipts, known_as = excluded.known_as,
    state = excluded.state, class = excluded.class, code = excluded.code, reason = excluded.reason,
    retry_at = excluded.retry_at, started_at = excluded.started_at, accepted_at = excluded.accepted_at,
    sent_at = excluded.sent_at, delivered_at = excluded.delivered_at, read_at = excluded.read_at,
    failed_at = excluded.failed_at`
	text, tail := common, any(nil)
	if providerLookup != nil {
		text += ", provider_lookup = excluded.provider_lookup, provider_tail = excluded.provider_tail"
		tail = a.ProviderID
	}
	return tx.exec(text,
		id[:], a.N, a.Channel, a.Provider, providerLookup, tail, a.Variant, a.Receipts, a.KnownAs, a.State, a.Class, a.Code, a.Reason,
		micros(a.RetryAt), micros(a.StartedAt), micros(a.AcceptedAt), micros(a.SentAt), micros(a.DeliveredAt), micros(a.ReadAt), micros(a.FailedAt))
}
