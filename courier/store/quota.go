package store

import "github.com/kratos-whatsapp/kratos-whatsapp/courier"

// spend enters an event of one delivery into the ledger of each quota. If one
// of them is spent, it fails with a *courier.QuotaError and enters nothing.
func (v *vault) spend(tx *statements, id courier.ID, quotas []courier.Quota) error {
	for i, q := range quotas {
		subject := v.lookup(bySubject, q.Subject)
		entered, err := tx.change(`
INSERT INTO ledger (subject, name, at, delivery_id, until)
SELECT ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM ledger WHERE subject = ? AND name = ? AND at > ?) < ?
ON CONFLICT (subject, name, at, delivery_id) DO UPDATE SET until = excluded.until`,
			subject, q.Name, q.Now.UnixMicro(), id[:], q.Now.Add(q.Window).UnixMicro(),
			subject, q.Name, q.Now.Add(-q.Window).UnixMicro(), q.Max)
		if err != nil {
			return err
		}
		if entered == 0 {
			if err := v.refund(tx, id, quotas[:i]); err != nil {
				return err
			}
			return &courier.QuotaError{Quota: q.Name}
		}
	}
	return nil
}

// refund takes back what spend has just entered.
func (v *vault) refund(tx *statements, id courier.ID, quotas []courier.Quota) error {
	for _, q := range quotas {
		err := tx.exec("DELETE FROM ledger WHERE subject = ? AND name = ? AND at = ? AND delivery_id = ?",
			v.lookup(bySubject, q.Subject), q.Name, q.Now.UnixMicro(), id[:])
		if err != nil {
			return err
		}
	}
	return nil
}
