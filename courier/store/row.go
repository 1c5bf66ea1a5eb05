package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Row is a delivery as a row of its table.
type Row struct {
	courier.Delivery
	PhoneLookup             []byte
	SealedPhone, SealedCode []byte
}

// DeliveryColumns are the columns of Row.Values.
const DeliveryColumns = `
    id, version, template_type, purpose, country, phone_lookup, phone_sealed, code_sealed, asked, flow, identity, locales, trace,
    state, reason, no_whatsapp, no_sms, alert, repeats, accepted_at, expires_at, updated_at, ended_at, used_at, due_at`

// Values are those of DeliveryColumns.
func (r Row) Values() []any {
	return []any{
		r.ID[:], r.Version, r.TemplateType, r.Purpose, r.Country, r.PhoneLookup, r.SealedPhone, r.SealedCode, r.Asked, r.Flow, r.Identity, strings.Join(r.Locales, ","), r.Trace,
		r.State, r.Reason, r.NoWhatsApp, r.NoSMS, r.Alert, r.Repeats, Micros(r.AcceptedAt), Micros(r.ExpiresAt), Micros(r.UpdatedAt), Micros(r.EndedAt), Micros(r.UsedAt), Micros(r.Due),
	}
}

// UpdateColumns are what a save changes of a delivery besides its end, and
// UpdateValues their values.
const UpdateColumns = `
    state = ?, reason = ?, no_whatsapp = ?, no_sms = ?, alert = ?, repeats = ?,
    expires_at = ?, updated_at = ?, used_at = ?, due_at = ?`

// UpdateValues are those of UpdateColumns.
func UpdateValues(d courier.Delivery) []any {
	return []any{
		d.State, d.Reason, d.NoWhatsApp, d.NoSMS, d.Alert, d.Repeats,
		Micros(d.ExpiresAt), Micros(d.UpdatedAt), Micros(d.UsedAt), Micros(d.Due),
	}
}

// AttemptColumns are the columns of AttemptValues.
const AttemptColumns = `
    delivery_id, n, channel, provider, provider_lookup, provider_tail, variant, receipts, known_as, state, class, code, reason,
    retry_at, started_at, accepted_at, sent_at, delivered_at, read_at, failed_at`

const (
	saveAttempt = "INSERT INTO attempts (" + AttemptColumns + `)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (delivery_id, n) DO UPDATE SET
    channel = excluded.channel, provider = excluded.provider,
    variant = excluded.variant, receipts = excluded.receipts, known_as = excluded.known_as,
    state = excluded.state, class = excluded.class, code = excluded.code, reason = excluded.reason,
    retry_at = excluded.retry_at, started_at = excluded.started_at, accepted_at = excluded.accepted_at,
    sent_at = excluded.sent_at, delivered_at = excluded.delivered_at, read_at = excluded.read_at,
    failed_at = excluded.failed_at`
	saveAttemptWithID = saveAttempt + ", provider_lookup = excluded.provider_lookup, provider_tail = excluded.provider_tail"
)

// SaveAttempt is the statement that writes an attempt with its AttemptValues. Only one with
// a lookup touches the provider's id.
func SaveAttempt(lookup []byte) string {
	if lookup == nil {
		return saveAttempt
	}
	return saveAttemptWithID
}

// AttemptValues are those of AttemptColumns. The provider's id comes without a lookup
// where it is not new.
func AttemptValues(id courier.ID, a courier.Attempt, lookup []byte) []any {
	tail := any(nil)
	if lookup != nil {
		tail = a.ProviderID
	}
	return []any{
		id[:], a.N, a.Channel, a.Provider, lookup, tail, a.Variant, a.Receipts, a.KnownAs, a.State, a.Class, a.Code, a.Reason,
		Micros(a.RetryAt), Micros(a.StartedAt), Micros(a.AcceptedAt), Micros(a.SentAt), Micros(a.DeliveredAt), Micros(a.ReadAt), Micros(a.FailedAt),
	}
}

// RecordColumns are what ScanRecords reads, of deliveries d and their attempts a, so
// that one statement gives both as of one instant.
const RecordColumns = `
       d.id, d.version, d.template_type, d.purpose, d.country, d.phone_sealed, d.code_sealed,
       d.asked, d.flow, d.identity, d.locales, d.trace, d.state, d.reason, d.no_whatsapp, d.no_sms, d.alert, d.repeats,
       d.accepted_at, d.expires_at, d.updated_at, d.ended_at, d.used_at, d.due_at,
       a.n, a.channel, a.provider, a.provider_tail, a.variant, a.receipts, a.known_as, a.state, a.class, a.code, a.reason, a.retry_at,
       a.started_at, a.accepted_at, a.sent_at, a.delivered_at, a.read_at, a.failed_at`

// SelectRecords reads deliveries with their attempts. What is appended narrows d.
const SelectRecords = `
SELECT` + RecordColumns + `
FROM deliveries d LEFT JOIN attempts a ON a.delivery_id = d.id
WHERE `

// Scanner is a row of an answer.
type Scanner interface{ Scan(into ...any) error }

// ScanRecord adds a row of RecordColumns to those before it: a delivery has as many
// rows as attempts, and these follow each other.
func ScanRecord(row Scanner, all []vault.Record) ([]vault.Record, error) {
	var (
		r       vault.Record
		a       courier.Attempt
		locales string
	)
	err := row.Scan(
		&r.ID, &r.Version, &r.TemplateType, &r.Purpose, &r.Country, &r.SealedPhone, &r.SealedCode,
		&r.Asked, &r.Flow, &r.Identity, &locales, &r.Trace, &r.State, &r.Reason, &r.NoWhatsApp, &r.NoSMS, &r.Alert, &r.Repeats,
		Instant{&r.AcceptedAt}, Instant{&r.ExpiresAt}, Instant{&r.UpdatedAt}, Instant{&r.EndedAt}, Instant{&r.UsedAt}, Instant{&r.Due},
		number{&a.N}, words(&a.Channel), words(&a.Provider), words(&a.ProviderID), words(&a.Variant), flag{&a.Receipts}, words(&a.KnownAs), words(&a.State), words(&a.Class), words(&a.Code), words(&a.Reason), Instant{&a.RetryAt},
		Instant{&a.StartedAt}, Instant{&a.AcceptedAt}, Instant{&a.SentAt}, Instant{&a.DeliveredAt}, Instant{&a.ReadAt}, Instant{&a.FailedAt},
	)
	if err != nil {
		return all, err
	}
	if len(all) == 0 || all[len(all)-1].ID != r.ID {
		r.Locales = splitLocales(locales)
		all = append(all, r)
	}
	if a.N > 0 {
		last := &all[len(all)-1]
		last.Attempts = append(last.Attempts, a)
	}
	return all, nil
}

func splitLocales(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// Micros is how an instant is stored; zero is NULL.
func Micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// Instant scans what Micros made.
type Instant struct{ Into *time.Time }

// Scan implements sql.Scanner.
func (i Instant) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*i.Into = time.Time{}
	case int64:
		*i.Into = time.UnixMicro(value).UTC()
	default:
		return fmt.Errorf("an instant is stored as %T", value)
	}
	return nil
}

// text, number and flag scan what the left join may lack.
type text[T ~string] struct{ into *T }

func words[T ~string](into *T) text[T] { return text[T]{into} }

// Scan implements sql.Scanner.
func (t text[T]) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*t.into = ""
	case string:
		*t.into = T(value)
	default:
		return fmt.Errorf("a text is stored as %T", value)
	}
	return nil
}

type number struct{ into *int }

// Scan implements sql.Scanner.
func (n number) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*n.into = 0
	case int64:
		*n.into = int(value)
	default:
		return fmt.Errorf("a number is stored as %T", value)
	}
	return nil
}

type flag struct{ into *bool }

// Scan implements sql.Scanner.
func (f flag) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*f.into = false
	case bool:
		*f.into = value
	case int64:
		*f.into = value != 0
	default:
		return fmt.Errorf("yes or no is stored as %T", value)
	}
	return nil
}
