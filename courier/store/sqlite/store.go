// Package sqlite keeps deliveries in an embedded SQLite database. [Open] makes a
// [Store], which is a store.Store.
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
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Store is a store.Store.
type Store struct {
	vault     *vault.Vault
	committer *store.Committer[op]
	writer    *writer
	readers   *sql.DB
	read      *statements
	// anchor keeps a database in memory alive: it is gone with its last
	// connection.
	anchor *sql.Conn
}

var _ store.Store = (*Store)(nil)

// maxReaders bounds the connections that read at the same time.
const maxReaders = 4

// Open opens a database, makes it if there is none, and brings its schema up to
// date. dsn is one of
//
//	sqlite:///absolute/path    a file; its folder must exist
//	sqlite://./relative/path   the same, from the working directory
//	memory                     gone with the process: for trying out and for tests
//
// Errors name the setting that is wrong: dsn.
func Open(ctx context.Context, dsn string, v *vault.Vault) (*Store, error) {
	from, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	return openSource(ctx, from, v)
}

func openSource(ctx context.Context, from source, v *vault.Vault) (*Store, error) {
	steps, err := store.ReadMigrations(migrations)
	if err != nil {
		return nil, err
	}
	s := &Store{vault: v}
	if err := s.connect(ctx, from); err != nil {
		return nil, err
	}
	if err := s.write(ctx, migrate(steps)); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", from, err), s.Close())
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, from source) (err error) {
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
	s.committer = store.NewCommitter(s.writer.commit, fatal)
	return nil
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.committer.Close()
	s.read.close()
	if s.anchor != nil {
		_ = s.anchor.Close()
	}
	err := s.readers.Close()
	s.writer.disconnect()
	return errors.Join(err, s.writer.db.Close())
}

// write runs do in the next transaction and returns when that is durable. What
// do declines (see store.Declined) is its caller's business alone: it has written
// nothing, and the transaction goes on.
func (s *Store) write(ctx context.Context, do op) error {
	var answer error
	err := s.committer.Do(ctx, func(tx *statements) error {
		answer = do(tx)
		if store.Declined(answer) {
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
