package sqlite

import (
	"context"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Point implements store.AcceptTx.
func (s *statements) Point(t store.Token) error {
	return s.exec(`
INSERT INTO tokens (token_lookup, delivery_id, until) VALUES (?, ?, ?)
ON CONFLICT (token_lookup) DO UPDATE SET delivery_id = excluded.delivery_id, until = excluded.until`,
		t.Lookup, t.Delivery[:], store.Micros(t.Until))
}

// ByToken implements store.Database.
func (db *database) ByToken(ctx context.Context, lookup []byte) (vault.Record, error) {
	return only(db.read.records(ctx, store.SelectRecords+"d.id = (SELECT delivery_id FROM tokens WHERE token_lookup = ?) ORDER BY a.n", lookup))
}
