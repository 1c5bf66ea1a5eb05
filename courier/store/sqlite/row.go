package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

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
func records(ctx context.Context, from *statements, text string, args ...any) ([]vault.Record, error) {
	var all []vault.Record
	err := from.each(ctx, func(rows *sql.Rows) error {
		var (
			r       vault.Record
			a       courier.Attempt
			locales string
		)
		err := rows.Scan(
			&r.ID, &r.Version, &r.TemplateType, &r.Purpose, &r.SealedPhone, &r.SealedCode,
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
func one(ctx context.Context, from *statements, id courier.ID) (vault.Record, error) {
	all, err := records(ctx, from, selectRecords+"d.id = ? ORDER BY a.n", id[:])
	if err != nil {
		return vault.Record{}, err
	}
	if len(all) == 0 {
		return vault.Record{}, courier.ErrNotFound
	}
	return all[0], nil
}

func splitLocales(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// micros is how an instant is stored; zero is NULL.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
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
