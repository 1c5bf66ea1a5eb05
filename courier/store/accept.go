package store

import (
	"context"
	"errors"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// AcceptTx is what Accept asks of a transaction.
type AcceptTx interface {
	// Remember keeps a fingerprint that is unknown, or has lapsed at now. It reports
	// whether it did.
	Remember(f Fingerprint, now time.Time) (bool, error)
	// Remembered returns the delivery that stands for a known fingerprint.
	Remembered(lookup []byte) (courier.ID, error)
	// Repoint lets another delivery stand for a known fingerprint.
	Repoint(f Fingerprint) error
	// Facts tells whether a number wants no messages, and if it does, the first of
	// the memories that has an event within its window, and whether it is alone.
	Facts(phone []byte, memories []Entry) (courier.AcceptFacts, error)
	// Counting finds the newest suppressed delivery since that instant that says of
	// its number what d says.
	Counting(phone []byte, d courier.Delivery, since time.Time) (courier.ID, bool, error)
	// Count counts one more message on a suppressed delivery.
	Count(id courier.ID, now time.Time) error
	// Point lets a delivery stand for a token from now on.
	Point(t Token) error
	// Insert adds a delivery.
	Insert(r Row) error
	// Record returns the delivery with this id, or courier.ErrNotFound.
	Record(id courier.ID) (vault.Record, error)
}

// Fingerprint is by what a message of Kratos is known again, until when, and the
// delivery that stands for it.
type Fingerprint struct {
	Lookup   []byte
	Delivery courier.ID
	Until    time.Time
}

// Accept implements courier.Store. d needs an ID that is new, and AcceptedAt,
// which counts as the present: by it a repeat key lapses and suppressed
// messages are counted together.
//
// A suppressed message is remembered like an accepted one, so that Kratos'
// repeats of it neither count again nor slip through once the window has moved
// on. Messages without a code, or without number and identity, cannot be told from
// their repeats; each counts.
func (k *Keeper) Accept(ctx context.Context, d courier.Delivery, rules courier.AcceptRules) (courier.Acceptance, error) {
	d.Flow = k.vault.FlowLookup(d.Flow)
	sealed := k.vault.SealDelivery(d)
	a := acceptance{
		rules:       rules,
		delivery:    d,
		fingerprint: Fingerprint{Lookup: k.vault.MessageLookup(d), Delivery: d.ID, Until: rules.RepeatsUntil},
		phoneLookup: k.vault.PhoneLookup(d.To),
		phone:       sealed.SealedPhone,
		code:        sealed.SealedCode,
		quotas:      k.entries(rules.Quotas),
		memories:    k.entries(rules.Memories),
		token:       Token{Lookup: k.vault.TokenLookup(rules.Token), Until: rules.TokenUntil},
	}
	var got accepted
	err := k.write(ctx, Op{
		Keys: a.keys(),
		Do: func(tx Tx) (err error) {
			got, err = a.run(tx)
			return err
		},
		Done: func(tx Tx) (done bool, err error) {
			got, done, err = a.done(tx)
			return done, err
		},
	})
	if err != nil {
		return courier.Acceptance{}, err
	}
	d, err = k.vault.OpenDelivery(got.record)
	if errors.Is(err, courier.ErrUnreadable) && got.outcome != courier.Created {
		// What stands for this message lost its secret; it was counted all the same.
		d, err = k.vault.Show(got.record), nil
	}
	return courier.Acceptance{Outcome: got.outcome, Delivery: d, Alone: got.alone}, err
}

// accepted is a courier.Acceptance before its secrets are opened.
type accepted struct {
	outcome courier.Outcome
	record  vault.Record
	alone   bool
}

// acceptance is one call of Accept, with all that could be computed before its
// transaction.
type acceptance struct {
	rules       courier.AcceptRules
	delivery    courier.Delivery
	fingerprint Fingerprint
	phoneLookup []byte
	phone, code []byte
	quotas      []Entry
	memories    []Entry
	// token has no Lookup where there is none.
	token Token
}

// run may be repeated: it changes nothing but the database.
func (a acceptance) run(tx Tx) (accepted, error) {
	first, err := a.remember(tx)
	switch {
	case err != nil:
		return accepted{}, err
	case first == nil:
	case first.ID == a.delivery.ID && first.Version == 1 && !first.State.Ended():
		// This very call was thought to have failed, and had not.
		return accepted{outcome: courier.Created, record: *first}, nil
	default:
		return accepted{outcome: courier.Repeated, record: *first}, nil
	}
	v, err := a.judge(tx)
	if err != nil {
		return accepted{}, err
	}
	keep, got := a.insert, accepted{outcome: courier.Created, alone: v.alone}
	if v.delivery.State == courier.StateSuppressed {
		got = accepted{outcome: courier.Suppressed}
		if !v.placed {
			keep = a.suppress
		}
	}
	if got.record, err = keep(tx, v.delivery); err == nil {
		err = a.point(tx, got.record.ID)
	}
	return got, err
}

// keys are what the acceptance decides on, and the rows that others may write too.
func (a acceptance) keys() [][]byte {
	keys := append(bounded(a.quotas), a.phoneLookup)
	if a.token.Lookup != nil {
		keys = append(keys, a.token.Lookup)
	}
	return keys
}

// point lets a delivery stand for the token of the message.
func (a acceptance) point(tx Tx, id courier.ID) error {
	if a.token.Lookup == nil {
		return nil
	}
	t := a.token
	t.Delivery = id
	return tx.Point(t)
}

// done looks for what a former run has left. One that was counted on another record
// has left its fingerprint, which the next run finds.
func (a acceptance) done(tx Tx) (accepted, bool, error) {
	kept, err := tx.Record(a.delivery.ID)
	switch {
	case errors.Is(err, courier.ErrNotFound):
		return accepted{}, false, nil
	case err != nil:
		return accepted{}, false, err
	case kept.State == courier.StateSuppressed:
		return accepted{outcome: courier.Suppressed, record: kept}, true, nil
	}
	return accepted{outcome: courier.Created, record: kept}, true, nil
}

// verdict is what is known of a new delivery's number, and what follows from it.
type verdict struct {
	delivery courier.Delivery
	// placed: it has taken its places in the quotas.
	placed bool
	// alone: the number has no other delivery that lives.
	alone bool
}

// judge finds that out, and spends the quotas unless the delivery is suppressed without
// them.
func (a acceptance) judge(tx Tx) (verdict, error) {
	d := a.delivery
	if d.State.Ended() {
		return verdict{delivery: d}, nil
	}
	facts, err := tx.Facts(a.phoneLookup, a.memories)
	if err != nil {
		return verdict{}, err
	}
	if judged := facts.Apply(d); judged.State.Ended() && !a.rules.KeepPlaces {
		return verdict{delivery: judged}, nil
	}
	err = spend(tx, d.ID, a.quotas)
	if spent, ok := errors.AsType[*courier.QuotaError](err); ok {
		facts.Spent = spent
		return verdict{delivery: facts.Apply(d)}, nil
	}
	return verdict{facts.Apply(d), true, facts.Alone}, err
}

// remember keeps the fingerprint of a new message. For a repeat it returns the
// delivery of the first one instead.
func (a acceptance) remember(tx Tx) (*vault.Record, error) {
	if a.fingerprint.Lookup == nil {
		return nil, nil
	}
	kept, err := tx.Remember(a.fingerprint, a.delivery.AcceptedAt)
	if err != nil || kept {
		return nil, err
	}
	id, err := tx.Remembered(a.fingerprint.Lookup)
	if err != nil {
		return nil, err
	}
	first, err := tx.Record(id)
	if errors.Is(err, courier.ErrNotFound) { // purged: nothing is left to repeat
		return nil, tx.Repoint(a.fingerprint)
	}
	return &first, err
}

// suppress counts d on a recent record that says of it what is true, or makes a
// new one. Recipients that are no number have nothing in common.
func (a acceptance) suppress(tx Tx, d courier.Delivery) (vault.Record, error) {
	if d.To.IsZero() {
		return a.insert(tx, d)
	}
	id, found, err := tx.Counting(a.phoneLookup, d, d.AcceptedAt.Add(-a.rules.CountWithin))
	if err != nil {
		return vault.Record{}, err
	}
	if !found {
		return a.insert(tx, d)
	}
	if err := tx.Count(id, d.AcceptedAt); err != nil {
		return vault.Record{}, err
	}
	tx.Tally(courier.Accepted(d))
	standing := a.fingerprint
	standing.Delivery = id
	if err := tx.Repoint(standing); err != nil {
		return vault.Record{}, err
	}
	return tx.Record(id)
}

func (a acceptance) insert(tx Tx, d courier.Delivery) (vault.Record, error) {
	d.Version, d.Attempts = 1, nil
	d = Kept(d)
	code := a.code
	if d.State.Ended() {
		code = nil
	}
	tx.Tally(courier.Accepted(d))
	err := tx.Insert(Row{Delivery: d, PhoneLookup: a.phoneLookup, SealedPhone: a.phone, SealedCode: code})
	return vault.Record{Delivery: d}, err
}
