package vault

import (
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Record is a delivery as it is stored: what is sealed is not in its To and Code.
// Sealing and opening happen outside of transactions, on the caller's processor
// time.
type Record struct {
	courier.Delivery
	// SealedPhone is nil if the recipient is no number, SealedCode if there is no
	// code, or none any more.
	SealedPhone, SealedCode []byte
}

// SealDelivery takes number and code out of a delivery. A code that no one needs
// any more is not kept.
func (v *Vault) SealDelivery(d courier.Delivery) Record {
	r := Record{Delivery: d}
	if !d.To.IsZero() {
		r.SealedPhone = v.Seal(Phones, d.ID, d.To.E164())
	}
	if !d.Code.IsZero() && !d.State.Ended() {
		r.SealedCode = v.Seal(Codes, d.ID, d.Code.Reveal())
	}
	r.To, r.Code = courier.Phone{}, courier.Code{}
	return r
}

// OpenDelivery gives back the delivery with its number and its code, or
// courier.ErrUnreadable.
func (v *Vault) OpenDelivery(r Record) (courier.Delivery, error) {
	d, err := v.openPhone(r)
	if err != nil || r.SealedCode == nil {
		return d, err
	}
	text, err := v.Open(Codes, r.ID, r.SealedCode)
	if err != nil {
		return courier.Delivery{}, unreadable(r, err)
	}
	d.Code, err = courier.NewCode(text)
	return d, err
}

// Show gives back the delivery for operators: without its code, and without its
// number if that cannot be decrypted.
func (v *Vault) Show(r Record) courier.Delivery {
	d, err := v.openPhone(r)
	if err != nil {
		return r.Delivery
	}
	return d
}

// openPhone gives back the delivery with its number but without its code.
func (v *Vault) openPhone(r Record) (courier.Delivery, error) {
	if r.SealedPhone == nil {
		return r.Delivery, nil
	}
	text, err := v.Open(Phones, r.ID, r.SealedPhone)
	if err != nil {
		return courier.Delivery{}, unreadable(r, err)
	}
	r.To = courier.KnownPhone(text)
	return r.Delivery, nil
}

func unreadable(r Record, why error) error {
	return fmt.Errorf("delivery %s: %w: %w", r.ID, courier.ErrUnreadable, why)
}
