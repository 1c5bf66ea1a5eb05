// Package store says what a database of the courier must do, and holds what all of
// them share. [Store] is the whole of it: what the rules of package courier ask for,
// and what the running of the program does.
//
// [Keeper] is that store, on any [Database]: it knows what happens in a transaction and
// in which order. A database knows connections and SQL. Beside this package, store/vault
// encrypts and makes lookups, without a database; store/sqlite is a database;
// store/storetest is the contract, which every store passes whole.
//
// A store decides nothing about a delivery: it reports facts ([courier.AcceptFacts],
// [courier.EndUnread]) and writes what follows from them. What databases share is here
// too: how many operations become one commit ([Committer]), how a schema grows
// ([ReadMigrations]), and how a delivery becomes rows ([Kept], [Row]).
package store

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Store keeps deliveries, what was counted and learned about numbers, and which
// numbers want no messages. All methods may be called at once, by several processes
// with one database too. A store has no clock: its callers say what time it is.
type Store interface {
	courier.Store
	courier.Ledger
	courier.Entries
	courier.Denials
	courier.Eraser
	courier.Reader
	courier.Watched
	Upkeep
	// Close makes what is under way durable and closes the database. Later calls
	// fail; those that write fail with ErrClosed.
	Close() error
}

// Upkeep is what a store needs from time to time, and what operators want to know
// of it.
type Upkeep interface {
	// Ready proves by a real commit that deliveries can be stored. It leaves nothing
	// behind, and answers within two seconds.
	Ready(ctx context.Context) error
	// Purge removes at most n deliveries that ended longer ago than `keep` (or whose
	// code's life did, if nothing ended them), and as many entries each of what
	// counts no more for repeats, tokens and quotas. It returns how many deliveries and
	// entries it removed: call it until that is zero. A hundred at a time keep
	// other callers' waits short.
	Purge(ctx context.Context, now time.Time, keep time.Duration, n int) (int, error)
	// EraseNumbers looks at the next n deliveries behind this one in the order of their
	// ids that have a number, and takes it out of those that ended longer ago than
	// `keep`. It returns how many, and behind which delivery to go on: every one up to
	// there has lost its number. Call it until none did.
	EraseNumbers(ctx context.Context, now time.Time, keep time.Duration, behind courier.ID, n int) (erased int, last courier.ID, err error)
	// Redate mends what a clock that was ahead and is set back has left in the
	// future: what waits too long becomes due, and what was counted moves to the
	// present. Events may lie `ahead` by design. It returns how many it changed.
	Redate(ctx context.Context, now time.Time, ahead time.Duration) (int, error)
	// Rotate puts other secrets into the place of those that encrypt and decrypt
	// (secrets.cipher): the first encrypts, all decrypt. After an error the old ones stay.
	Rotate(secrets []string) error
	// OldKeys looks at the next n deliveries behind this one in the order of their ids,
	// and counts those that are sealed under another secret than the first of
	// secrets.cipher. It returns behind which delivery to go on, or zero when it has seen
	// the last one. Once there are 0 in all, the other secrets may go.
	OldKeys(ctx context.Context, behind courier.ID, n int) (old int, last courier.ID, err error)
	// WatchCommits lets f hear of every transaction from now on, which is once for all the
	// callers that share it. f must not block.
	WatchCommits(f func(Commit))
}
