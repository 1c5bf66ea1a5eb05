package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// record is a delivery as it is stored: its secrets are still sealed. Sealing
// and opening happen outside of transactions, on the caller's processor time.
type record struct {
	courier.Delivery
	phone, code []byte
}

// selectRecords reads deliveries with their attempts in one statement, so that
// both are of the same instant. What is appended narrows d.
const selectRecords = `
SELECT d.id, d.version, d.template_type, d.purpose, d.phone_sealed, d.code_sealed,
       d.asked, d.flow, d.identity, d.locales, d.state, d.reason, d.no_whatsapp, d.no_sms, d.alert, d.repeats,
       d.accepted_at, d.expires_at, d.updated_at, d.ended_at, d.used_at, d.due_at,
       a.n, a.channel, a.provider, a.provider_tail, a.variant, a.receipts, a.known_as, a.state, a.class, a.code, a.reason, a.retry_at,
       a.started_at, a.accepted_at, a.sent_at, a.delivered_at, a.read_at, a.failed_at
FROM deliveries d LEFT JOIN attempts a ON a.delivery_id = d.id
WHERE `

// records reads what a statement made of selectRecords answers, in its order.
func records(ctx context.Context, from *statements, text string, args ...any) ([]record, error) {
	var all []record
	err := from.each(ctx, func(rows *sql.Rows) error {
		var (
			r       record
			a       courier.Attempt
			locales string
		)
		err := rows.Scan(
			&r.ID, &r.Version, &r.TemplateType, &r.Purpose, &r.phone, &r.code,
			&r.Asked, &r.Flow, &r.Identity, &locales, &r.State, &r.Reason, &r.NoWhatsApp, &r.NoSMS, &r.Alert, &r.Repeats,
			instant{&r.AcceptedAt}, instant{&r.ExpiresAt}, instant{&r.UpdatedAt}, instant{&r.EndedAt}, instant{&r.UsedAt}, instant{&r.Due},
			maybe(&a.N), maybe(&a.Channel), maybe(&a.Provider), maybe(&a.ProviderID), maybe(&a.Variant), maybe(&a.Receipts), maybe(&a.KnownAs), maybe(&a.State), maybe(&a.Class), maybe(&a.Code), maybe(&a.Reason), instant{&a.RetryAt},
			instant{&a.StartedAt}, instant{&a.AcceptedAt}, instant{&a.SentAt}, instant{&a.DeliveredAt}, instant{&a.ReadAt}, instant{&a.FailedAt},
		)
		if err != nil {
			return err
		}
		if len(all) == 0 || all[len(all)-1].ID != r.ID {
			r.Locales = splitLocales(locales)
			all = append(all, r)
		}
		if a.N > 0 {
			last := &all[len(all)-1]
			last.Attempts = append(last.Attempts, a)
		}
		return nil
	}, text, args...)
	return all, err
}

// one reads the delivery with this id.
func one(ctx context.Context, from *statements, id courier.ID) (record, error) {
	all, err := records(ctx, from, selectRecords+"d.id = ? ORDER BY a.n", id[:])
	if err != nil {
		return record{}, err
	}
	if len(all) == 0 {
		return record{}, courier.ErrNotFound
	}
	return all[0], nil
}

// unseal gives back the delivery with its number and its code.
func (v *vault) unseal(r record) (courier.Delivery, error) {
	d, err := v.unsealPhone(r)
	if err != nil || r.code == nil {
		return d, err
	}
	text, err := v.open(codes, r.ID, r.code)
	if err != nil {
		return courier.Delivery{}, unreadable(r, err)
	}
	d.Code, err = courier.NewCode(text)
	return d, err
}

// unsealPhone gives back the delivery with its number but without its code.
func (v *vault) unsealPhone(r record) (courier.Delivery, error) {
	if r.phone == nil {
		return r.Delivery, nil
	}
	text, err := v.open(phones, r.ID, r.phone)
	if err != nil {
		return courier.Delivery{}, unreadable(r, err)
	}
	r.To = courier.KnownPhone(text)
	return r.Delivery, nil
}

func unreadable(r record, why error) error {
	return fmt.Errorf("delivery %s: %w: %w", r.ID, courier.ErrUnreadable, why)
}

// shown gives back the delivery for people to look at: without its code, and
// without its number if that cannot be decrypted.
func (v *vault) shown(r record) courier.Delivery {
	d, err := v.unsealPhone(r)
	if err != nil {
		return r.Delivery
	}
	return d
}

// stored returns d as Load will: in UTC, to the microsecond; an ended one with
// the time of its end, without its code and never due.
func stored(d courier.Delivery) courier.Delivery {
	if d.UpdatedAt.IsZero() {
		d.UpdatedAt = d.AcceptedAt
	}
	if d.State.Ended() {
		d.Code, d.Due = courier.Code{}, time.Time{}
		if d.EndedAt.IsZero() {
			d.EndedAt = d.UpdatedAt
		}
	} else {
		d.EndedAt = time.Time{}
	}
	for _, t := range []*time.Time{&d.AcceptedAt, &d.ExpiresAt, &d.UpdatedAt, &d.EndedAt, &d.UsedAt, &d.Due} {
		*t = rounded(*t)
	}
	attempts := d.Attempts
	d.Attempts = nil
	for _, a := range attempts {
		a.ProviderID = tail(a.ProviderID)
		for _, t := range []*time.Time{&a.RetryAt, &a.StartedAt, &a.AcceptedAt, &a.SentAt, &a.DeliveredAt, &a.ReadAt, &a.FailedAt} {
			*t = rounded(*t)
		}
		d.Attempts = append(d.Attempts, a)
	}
	return d
}

func splitLocales(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// ellipsis marks a provider id of which only the end is left.
const ellipsis = "…"

// tail returns what is kept of a provider's id: its last six characters, never
// more than half. In Meta's ids the number stands in the front half, and the
// last characters are random.
func tail(id string) string {
	if id == "" || strings.HasPrefix(id, ellipsis) {
		return id
	}
	return ellipsis + strings.ToValidUTF8(id[len(id)-min(6, len(id)/2):], "")
}

// micros is how an instant is stored; zero is NULL.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func rounded(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}

// instant scans what micros made.
type instant struct{ into *time.Time }

// Scan implements sql.Scanner.
func (i instant) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*i.into = time.Time{}
	case int64:
		*i.into = time.UnixMicro(value).UTC()
	default:
		return fmt.Errorf("an instant is stored as %T", value)
	}
	return nil
}

// optional scans a value that the left join may lack.
type optional[T any] struct{ into *T }

func maybe[T any](into *T) optional[T] { return optional[T]{into} }

// Scan implements sql.Scanner.
func (o optional[T]) Scan(value any) error {
	var v sql.Null[T]
	err := v.Scan(value)
	*o.into = v.V
	return err
}
