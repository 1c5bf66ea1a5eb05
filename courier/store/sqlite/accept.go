package sqlite

import (
	"context"
	"errors"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Accept implements courier.Store. d needs an ID that is new, and AcceptedAt,
// which counts as the present: by it a repeat key lapses and suppressed
// messages are counted together.
//
// A suppressed message is remembered like an accepted one, so that Kratos'
// repeats of it neither count again nor slip through once the window has moved
// on. Messages without a code, or without number and identity, cannot be told from
// their repeats; each counts.
func (s *Store) Accept(ctx context.Context, d courier.Delivery, rules courier.AcceptRules) (courier.Acceptance, error) {
	sealed := s.vault.SealDelivery(d)
	a := acceptance{
		store:       s,
		rules:       rules,
		delivery:    d,
		fingerprint: s.vault.MessageLookup(d),
		phoneLookup: s.vault.PhoneLookup(d.To),
		phone:       sealed.SealedPhone,
		code:        sealed.SealedCode,
	}
	var (
		outcome courier.Outcome
		kept    vault.Record
	)
	err := s.write(ctx, func(tx *statements) (err error) {
		outcome, kept, err = a.run(tx)
		return err
	})
	if err != nil {
		return courier.Acceptance{}, err
	}
	d, err = s.vault.OpenDelivery(kept)
	if errors.Is(err, courier.ErrUnreadable) && outcome != courier.Created {
		// What stands for this message lost its secret; it was counted all the same.
		d, err = s.vault.Show(kept), nil
	}
	return courier.Acceptance{Outcome: outcome, Delivery: d}, err
}

// acceptance is one call of Accept, with all that could be computed before its
// transaction.
type acceptance struct {
	store       *Store
	rules       courier.AcceptRules
	delivery    courier.Delivery
	fingerprint []byte
	phoneLookup []byte
	phone, code []byte
}

// run may be repeated: it changes nothing but the database.
func (a acceptance) run(tx *statements) (courier.Outcome, vault.Record, error) {
	first, err := a.remember(tx)
	switch {
	case err != nil:
		return "", vault.Record{}, err
	case first == nil:
	case first.ID == a.delivery.ID && first.Version == 1 && !first.State.Ended():
		// This very call was thought to have failed, and had not.
		return courier.Created, *first, nil
	default:
		return courier.Repeated, *first, nil
	}
	d, err := a.judge(tx)
	if err != nil {
		return "", vault.Record{}, err
	}
	if d.State == courier.StateSuppressed {
		kept, err := a.suppress(tx, d)
		return courier.Suppressed, kept, err
	}
	kept, err := a.insert(tx, d)
	return courier.Created, kept, err
}

// judge returns the new delivery as what is known of its number leaves it, and its
// quotas, which are spent unless it is suppressed already.
func (a acceptance) judge(tx *statements) (courier.Delivery, error) {
	d := a.delivery
	if d.State.Ended() {
		return d, nil
	}
	facts, err := a.facts(tx)
	if err != nil {
		return d, err
	}
	if d = facts.Apply(d); d.State.Ended() {
		return d, nil
	}
	err = a.store.spend(tx, d.ID, a.rules.Quotas)
	if spent, ok := errors.AsType[*courier.QuotaError](err); ok {
		facts.Spent = spent
		return facts.Apply(d), nil
	}
	return d, err
}

// facts looks up what is known of the number: whether it wants no messages, and
// what was learned about it before.
func (a acceptance) facts(tx *statements) (facts courier.AcceptFacts, err error) {
	var found int
	facts.Denied, err = tx.one("SELECT 1 FROM denied WHERE phone_lookup = ?", []any{a.phoneLookup}, &found)
	if err != nil || facts.Denied {
		return facts, err
	}
	for _, q := range a.rules.Memories {
		known, err := tx.one("SELECT 1 FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ? LIMIT 1",
			[]any{a.store.vault.SubjectLookup(q), q.Name, q.Now.Add(-q.Window).UnixMicro(), q.Now.Add(store.Skew).UnixMicro()}, &found)
		if err != nil {
			return facts, err
		}
		if known {
			facts.Memory = q.Name
			break
		}
	}
	return facts, nil
}

// remember keeps the fingerprint of a new message. For a repeat it returns the
// delivery of the first one instead.
func (a acceptance) remember(tx *statements) (*vault.Record, error) {
	if a.fingerprint == nil {
		return nil, nil
	}
	kept, err := tx.change(`
INSERT INTO seen (fingerprint, delivery_id, until) VALUES (?, ?, ?)
ON CONFLICT (fingerprint) DO UPDATE SET delivery_id = excluded.delivery_id, until = excluded.until
WHERE seen.until <= ?`,
		a.fingerprint, a.delivery.ID[:], a.rules.RepeatsUntil.UnixMicro(), a.delivery.AcceptedAt.UnixMicro())
	if err != nil || kept > 0 {
		return nil, err
	}
	var id courier.ID
	if _, err := tx.one("SELECT delivery_id FROM seen WHERE fingerprint = ?", []any{a.fingerprint}, &id); err != nil {
		return nil, err
	}
	first, err := one(context.Background(), tx, id)
	if errors.Is(err, courier.ErrNotFound) { // purged: nothing is left to repeat
		return nil, a.remembered(tx, a.delivery.ID)
	}
	return &first, err
}

// remembered points the fingerprint to the record that stands for the message.
func (a acceptance) remembered(tx *statements, id courier.ID) error {
	return tx.exec("UPDATE seen SET delivery_id = ?, until = ? WHERE fingerprint = ?",
		id[:], a.rules.RepeatsUntil.UnixMicro(), a.fingerprint)
}

// suppress counts d on a recent record that says of it what is true, or makes a
// new one. Recipients that are no number have nothing in common.
func (a acceptance) suppress(tx *statements, d courier.Delivery) (vault.Record, error) {
	a.code = nil
	if d.To.IsZero() {
		return a.insert(tx, d)
	}
	var id courier.ID
	found, err := tx.one(`
SELECT id FROM deliveries
WHERE phone_lookup = ? AND accepted_at > ? AND state = ? AND reason = ? AND template_type = ? AND identity = ?
ORDER BY accepted_at DESC, id DESC LIMIT 1`,
		[]any{
			a.phoneLookup, d.AcceptedAt.Add(-a.rules.CountWithin).UnixMicro(), courier.StateSuppressed, d.Reason,
			d.TemplateType, d.Identity,
		}, &id)
	if err != nil {
		return vault.Record{}, err
	}
	if !found {
		return a.insert(tx, d)
	}
	err = tx.exec("UPDATE deliveries SET version = version + 1, repeats = repeats + 1, updated_at = ? WHERE id = ?",
		micros(d.AcceptedAt), id[:])
	if err != nil {
		return vault.Record{}, err
	}
	if err := a.remembered(tx, id); err != nil {
		return vault.Record{}, err
	}
	return one(context.Background(), tx, id)
}

func (a acceptance) insert(tx *statements, d courier.Delivery) (vault.Record, error) {
	d.Version, d.Attempts = 1, nil
	d = store.Kept(d)
	err := tx.exec(`
INSERT INTO deliveries (
    id, version, template_type, purpose, phone_lookup, phone_sealed, code_sealed, asked, flow, identity, locales,
    state, reason, no_whatsapp, no_sms, alert, repeats, accepted_at, expires_at, updated_at, ended_at, used_at, due_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID[:], d.Version, d.TemplateType, d.Purpose, a.phoneLookup, a.phone, a.code, d.Asked, d.Flow, d.Identity, strings.Join(d.Locales, ","),
		d.State, d.Reason, d.NoWhatsApp, d.NoSMS, d.Alert, d.Repeats, micros(d.AcceptedAt), micros(d.ExpiresAt), micros(d.UpdatedAt), micros(d.EndedAt), micros(d.UsedAt), micros(d.Due))
	return vault.Record{Delivery: d}, err
}
