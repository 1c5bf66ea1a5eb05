package store

import "github.com/kratos-whatsapp/kratos-whatsapp/courier"

// room fails with a *courier.QuotaError if one of the quotas is spent.
func (v *vault) room(tx *statements, quotas []courier.Quota) error {
	for _, q := range quotas {
		spent := 0
		_, err := tx.one("SELECT count(*) FROM ledger WHERE subject = ? AND name = ? AND at > ?",
			[]any{v.lookup(bySubject, q.Subject), q.Name, q.Now.Add(-q.Window).UnixMicro()}, &spent)
		if err != nil {
			return err
		}
		if spent >= q.Max {
			return &courier.QuotaError{Quota: q.Name}
		}
	}
	return nil
}

// spend enters the event of one delivery into the ledger.
func (v *vault) spend(tx *statements, id courier.ID, quotas []courier.Quota) error {
	for _, q := range quotas {
		err := tx.exec(`
INSERT INTO ledger (subject, name, at, delivery_id, until) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (subject, name, at, delivery_id) DO NOTHING`,
			v.lookup(bySubject, q.Subject), q.Name, q.Now.UnixMicro(), id[:], q.Now.Add(q.Window).UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}
