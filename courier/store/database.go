package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Database is one engine: its connections, and its SQL. It meets numbers, codes and
// subjects as lookups and ciphertexts only.
type Database interface {
	// Write returns when op is durable. Many callers share a transaction.
	Write(ctx context.Context, op Op) error
	// WatchCommits is that of Upkeep.
	WatchCommits(f func(Commit))
	// Record returns the delivery with this id, or courier.ErrNotFound.
	Record(ctx context.Context, id courier.ID) (vault.Record, error)
	// ByToken returns the delivery that stands for a token, or courier.ErrNotFound.
	ByToken(ctx context.Context, lookup []byte) (vault.Record, error)
	// List returns the deliveries that a listing selects, newest first.
	List(ctx context.Context, l Listing) ([]vault.Record, error)
	// Lowest returns the id of the nth delivery of a listing that narrows by nothing but
	// ids, counted from 1; zero if there are fewer.
	Lowest(ctx context.Context, l Listing, n int) (courier.ID, error)
	// Tallies returns the rows of a search.
	Tallies(ctx context.Context, s TallySearch) ([]courier.Tally, error)
	// Backlog is courier.Reader's.
	Backlog(ctx context.Context, now time.Time) (courier.Backlog, error)
	// Find returns the ids that a search finds, newest first.
	Find(ctx context.Context, s Search) ([]courier.ID, error)
	// Latest is courier.Ledger's.
	Latest(ctx context.Context, e Entry, n int) (count int, oldest time.Time, err error)
	// Events is courier.Entries'.
	Events(ctx context.Context, e Entry, n int) ([]courier.Event, error)
	// Claim gives at most n of those that are due at now a new version, puts them off
	// until another instant, and returns them.
	Claim(ctx context.Context, now, until time.Time, n int) ([]vault.Record, error)
	// Numbered returns the first n deliveries behind this one that have a number, in the
	// order of their ids.
	Numbered(ctx context.Context, behind courier.ID, n int) ([]Over, error)
	// OldKeys is Upkeep's; first is the key under which all should be sealed.
	OldKeys(ctx context.Context, first []byte, behind courier.ID, n int) (old int, last courier.ID, err error)
	// Purge, Redate and Close are those of Store.
	Purge(ctx context.Context, now time.Time, keep time.Duration, n int) (int, error)
	Redate(ctx context.Context, now time.Time, ahead time.Duration) (int, error)
	Close() error
}

// Op is a caller's part of a transaction. It may run more than once, and after its
// caller has gone.
type Op struct {
	// Do makes the changes. An error rolls the whole transaction back, unless it is
	// an answer of the rules (see Declined): then it has written nothing.
	Do func(Tx) error
	// Done finds out, when it is unknown whether the transaction of a former run went
	// through, if it did; nil means that another run does no harm.
	Done func(Tx) (bool, error)
	// Keys are what is decided on: two operations with one key must not be under way
	// at once, in whatever process.
	Keys [][]byte
}

// Tx is a transaction under way: what Accept, Save and the others ask of it.
type Tx interface {
	AcceptTx
	SaveTx
	LedgerTx
	TallyTx
	DenialsTx
	NumbersTx
	// Probe adds a row, and takes it away.
	Probe() error
}

// Keeper is a Store on a database.
type Keeper struct {
	vault *vault.Vault
	db    Database
}

var _ Store = (*Keeper)(nil)

// NewKeeper returns the store that a database makes, with these secrets.
func NewKeeper(v *vault.Vault, db Database) *Keeper { return &Keeper{vault: v, db: db} }

// ReadyWithin bounds how long Ready waits for the database.
const ReadyWithin = 2 * time.Second

// Ready implements Upkeep.
func (k *Keeper) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, ReadyWithin, fmt.Errorf("the database did not answer within %s", ReadyWithin))
	defer cancel()
	return k.write(ctx, Op{Do: func(tx Tx) error { return tx.Probe() }})
}

// Purge implements Upkeep.
func (k *Keeper) Purge(ctx context.Context, now time.Time, keep time.Duration, n int) (int, error) {
	return k.db.Purge(ctx, now, keep, max(n, 0))
}

// Redate implements Upkeep.
func (k *Keeper) Redate(ctx context.Context, now time.Time, ahead time.Duration) (int, error) {
	return k.db.Redate(ctx, now, ahead)
}

// OldKeys implements Upkeep.
func (k *Keeper) OldKeys(ctx context.Context, behind courier.ID, n int) (old int, last courier.ID, err error) {
	return k.db.OldKeys(ctx, k.vault.FirstKey(), behind, max(n, 1))
}

// Rotate implements Upkeep.
func (k *Keeper) Rotate(secrets []string) error { return k.vault.Rotate(secrets) }

// SealsBy names the secret under which this store seals, as its ciphertexts do.
func (k *Keeper) SealsBy() string { return hex.EncodeToString(k.vault.FirstKey()) }

// WatchCommits implements Upkeep.
func (k *Keeper) WatchCommits(f func(Commit)) { k.db.WatchCommits(f) }

// Close implements Store.
func (k *Keeper) Close() error { return k.db.Close() }
