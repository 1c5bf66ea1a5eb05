package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

const (
	// commitWithin bounds a transaction, the wait for locks included.
	commitWithin = 5 * time.Second
	// firstPause is before the second try, and doubles.
	firstPause = 25 * time.Millisecond
	// tries is how often a batch is tried that has surely changed nothing, and
	// triesToKnow how often when it may have: three seconds, in which a server that
	// was ended starts again.
	tries       = 4
	triesToKnow = 8
)

// writer runs transactions, one after the other.
type writer struct {
	pool   *pgxpool.Pool
	schema string
	known  descriptions
	// shard is which rows of the tallies are this process's.
	shard int
}

// commit runs ops in one transaction, and again when the server gave it up for
// another's sake, or the connection was lost. If it was lost during the commit, no one
// knows whether that went through: then each operation first looks for what it has left
// (store.Op.Done), behind the locks, which the old transaction holds as long as it is
// under way. When that cannot be found out either, the callers hear of the fault.
func (w *writer) commit(ops []store.Op) error {
	pause, limit := firstPause, tries
	for n := 1; ; n++ {
		committing, err := w.transact(ops, limit == triesToKnow)
		if err == nil {
			return nil
		}
		if committing {
			limit = triesToKnow
		}
		if n >= limit || !repeatable(err) && limit == tries {
			return fmt.Errorf("writing to the store: %w", told(err))
		}
		time.Sleep(pause)
		pause *= 2
	}
}

// transact runs ops in a transaction. It reports whether the commit was on its way.
func (w *writer) transact(ops []store.Op, again bool) (committing bool, err error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), commitWithin,
		fmt.Errorf("the database did not answer within %s", commitWithin))
	defer cancel()
	conn, err := w.pool.Acquire(ctx)
	if err != nil {
		return false, &unreachableError{cause: err, before: true}
	}
	defer conn.Release()
	x := newTransaction(w.schema, ops, again)
	x.shard = w.shard
	defer x.close()
	committing, err = x.rounds(ctx, newPipeline(conn.Conn(), w.known))
	switch {
	case err == nil:
		return true, nil
	case conn.Conn().IsClosed():
		return committing, &unreachableError{cause: errors.Join(err, context.Cause(ctx))}
	}
	// Which names it knows is uncertain; so it goes.
	_ = conn.Conn().Close(ctx)
	return false, err
}

// unreachableError says that the server is out of reach: before anything was asked, or
// since.
type unreachableError struct {
	cause  error
	before bool
}

// Error says why.
func (e *unreachableError) Error() string { return "the database is out of reach: " + e.cause.Error() }

// Unwrap returns why.
func (e *unreachableError) Unwrap() error { return e.cause }

// repeatable reports whether a transaction that failed so may go through if it is run
// again at once. Where there is no server, whoever waits shall hear so.
func repeatable(err error) bool {
	if out, ok := errors.AsType[*unreachableError](err); ok {
		return !out.before
	}
	switch code(err) {
	case "40001", "40P01": // one of two that wait for each other must go
		return true
	}
	return false
}

// fatal reports whether err would hit every operation of a batch alike.
func fatal(err error) bool {
	if _, out := errors.AsType[*unreachableError](err); out {
		return true
	}
	switch code(err) {
	case "53100", "53200", "53300", // no disk, no memory, no connections left
		"25006",          // a standby
		"42P01", "42501", // no such table, no right to it
		"55P03", "40001", "40P01": // locks, in spite of all tries
		return true
	}
	return false
}

// code is what the server says is wrong, or "".
func code(err error) string {
	if fault, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fault.Code
	}
	return ""
}
