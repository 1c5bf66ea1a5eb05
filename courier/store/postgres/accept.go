package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Remember implements store.AcceptTx.
func (s *statements) Remember(f store.Fingerprint, now time.Time) (bool, error) {
	kept, err := s.change(`
INSERT INTO seen (fingerprint, delivery_id, until) VALUES (?, ?, ?)
ON CONFLICT (fingerprint) DO UPDATE SET delivery_id = excluded.delivery_id, until = excluded.until
WHERE seen.until <= ?`,
		f.Lookup, f.Delivery, f.Until.UnixMicro(), now.UnixMicro())
	return kept > 0, err
}

// Remembered implements store.AcceptTx.
func (s *statements) Remembered(lookup []byte) (id courier.ID, err error) {
	_, err = s.one("SELECT delivery_id FROM seen WHERE fingerprint = ?", []any{lookup}, &id)
	return id, err
}

// Repoint implements store.AcceptTx.
func (s *statements) Repoint(f store.Fingerprint) error {
	return s.exec("UPDATE seen SET delivery_id = ?, until = ? WHERE fingerprint = ?",
		f.Delivery, f.Until.UnixMicro(), f.Lookup)
}

// Facts implements store.AcceptTx. It asks for everything in one round.
func (s *statements) Facts(phone []byte, memories []store.Entry) (facts courier.AcceptFacts, err error) {
	for i := len(memories) - 1; i >= 0; i-- { // the first one has the last word
		e := memories[i]
		s.queue(&statement{
			text: "SELECT 1 FROM ledger WHERE subject = ? AND name = ? AND at > ? AND at <= ? LIMIT 1",
			args: []any{e.Lookup, e.Name, e.From(), e.To()},
			scan: func(pgx.Rows) error { facts.Memory = e.Name; return nil },
		})
	}
	facts.Alone = true
	s.queue(&statement{
		text: "SELECT 1 FROM deliveries WHERE phone_lookup = ? AND " + store.StillLive + " LIMIT 1",
		args: []any{phone},
		scan: func(pgx.Rows) error { facts.Alone = false; return nil },
	})
	var found int
	facts.Denied, err = s.one("SELECT 1 FROM denied WHERE phone_lookup = ?", []any{phone}, &found)
	if facts.Denied {
		facts.Memory = ""
	}
	return facts, err
}

// Counting implements store.AcceptTx.
func (s *statements) Counting(phone []byte, d courier.Delivery, since time.Time) (id courier.ID, found bool, err error) {
	found, err = s.one(`
SELECT id FROM deliveries
WHERE phone_lookup = ? AND accepted_at > ? AND state = ? AND reason = ? AND template_type = ? AND identity = ?
ORDER BY accepted_at DESC, id DESC LIMIT 1`,
		[]any{phone, since.UnixMicro(), d.State, d.Reason, d.TemplateType, d.Identity}, &id)
	return id, found, err
}

// Count implements store.AcceptTx.
func (s *statements) Count(id courier.ID, now time.Time) error {
	return s.exec("UPDATE deliveries SET version = version + 1, repeats = repeats + 1, updated_at = ? WHERE id = ?",
		store.Micros(now), id)
}

// Insert implements store.AcceptTx.
func (s *statements) Insert(r store.Row) error {
	return s.exec("INSERT INTO deliveries ("+store.DeliveryColumns+`)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.Values()...)
}

// Record implements store.AcceptTx.
func (s *statements) Record(id courier.ID) (vault.Record, error) {
	var all []vault.Record
	err := s.each(func(rows pgx.Rows) (err error) {
		all, err = store.ScanRecord(rows, all)
		return err
	}, recordText, id)
	return only(all, err)
}
