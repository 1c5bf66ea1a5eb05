// Package store keeps deliveries in an embedded SQLite database.
//
// Every change goes through one committer, which makes the changes of all
// waiting callers durable with one fsync; reads have connections of their own.
// Codes and phone numbers are encrypted, and found by HMAC. A code is erased in
// the transaction that ends its delivery; until SQLite reuses the place, its
// ciphertext may be left in the write-ahead log.
//
// Several processes may open the same file on a local disk: what is decided is
// decided inside a transaction that holds SQLite's write lock, so quotas,
// repeats, versions and leases hold across them. A process that waits more than
// five seconds for another's lock gets an error. Network file systems have no
// such lock: do not put the file there.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// SQLite is a courier.Store.
type SQLite struct {
	vault     *vault
	now       func() time.Time
	committer *committer[op]
	writer    *writer
	readers   *sql.DB
	read      *statements
	// anchor keeps a database in memory alive: it is gone with its last
	// connection.
	anchor *sql.Conn
}

var _ courier.Store = (*SQLite)(nil)

// Option changes how a store is opened.
type Option func(*SQLite)

// WithNow replaces the clock by which Purge tells what has lapsed.
func WithNow(now func() time.Time) Option {
	return func(s *SQLite) { s.now = now }
}

// maxReaders bounds the connections that read at the same time.
const maxReaders = 4

// Open opens a database, makes it if there is none, and brings its schema up to
// date. dsn is one of
//
//	sqlite:///absolute/path    a file; its folder must exist
//	sqlite://./relative/path   the same, from the working directory
//	memory                     gone with the process: for trying out and for tests
//
// Errors name the path of the faulty setting: dsn, secrets.cipher or
// secrets.lookup.
func Open(ctx context.Context, dsn string, secrets Secrets, options ...Option) (*SQLite, error) {
	v, err := newVault(secrets)
	if err != nil {
		return nil, err
	}
	from, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	steps, err := readMigrations(migrations)
	if err != nil {
		return nil, err
	}
	s := &SQLite{vault: v, now: time.Now}
	for _, option := range options {
		option(s)
	}
	if err := s.connect(ctx, from); err != nil {
		return nil, err
	}
	if err := s.write(ctx, migrate(steps)); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", from, err), s.Close())
	}
	return s, nil
}

func (s *SQLite) connect(ctx context.Context, from source) (err error) {
	s.writer = &writer{path: from.path}
	if from.path != "" {
		if s.writer.file, err = from.create(); err != nil {
			return err
		}
	}
	if s.writer.db, err = sql.Open("sqlite", from.writing()); err != nil {
		return err
	}
	if s.readers, err = sql.Open("sqlite", from.reading()); err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(maxReaders)
	s.readers.SetMaxIdleConns(maxReaders)
	if from.path == "" {
		if s.anchor, err = s.readers.Conn(ctx); err != nil {
			return err
		}
	}
	s.read = newStatements(s.readers)
	s.committer = newCommitter(s.writer.commit, fatal)
	return nil
}

// Close makes what is under way durable and closes the database. Later calls
// fail.
func (s *SQLite) Close() error {
	s.committer.close()
	s.read.close()
	if s.anchor != nil {
		_ = s.anchor.Close()
	}
	err := s.readers.Close()
	s.writer.disconnect()
	return errors.Join(err, s.writer.db.Close())
}

// write runs do in the next transaction and returns when that is durable. What
// do declines (see declined) is its caller's business alone: it has written
// nothing, and the transaction goes on.
func (s *SQLite) write(ctx context.Context, do op) error {
	var answer error
	err := s.committer.do(ctx, func(tx *statements) error {
		answer = do(tx)
		if declined(answer) {
			return nil
		}
		return answer
	})
	if err != nil {
		// A caller that stopped waiting must not read answer.
		return err
	}
	return answer
}

// declined reports whether err is an answer of the rules, not a fault of the
// database.
func declined(err error) bool {
	_, spent := errors.AsType[*courier.QuotaError](err)
	return spent || errors.Is(err, courier.ErrConflict) || errors.Is(err, courier.ErrNotFound)
}
