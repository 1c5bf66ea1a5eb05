// Package sqlite keeps deliveries in an embedded SQLite database. [Open] makes a
// [Store], which is a store.Store.
//
// Every change goes through one committer, which makes the changes of all
// waiting callers durable with one fsync; reads have connections of their own.
// Codes and phone numbers are encrypted, and found by HMAC. A code is erased in
// the transaction that ends its delivery; for up to a minute more, its
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
	"os"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Store is a store.Store.
type Store struct {
	*store.Keeper
	db *database
}

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
	db, err := connect(ctx, from)
	if err != nil {
		return nil, err
	}
	if err := db.write(ctx, migrate(steps)); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", from, err), db.Close())
	}
	return &Store{Keeper: store.NewKeeper(v, db), db: db}, nil
}

// database is a store.Database: the connections to a file.
type database struct {
	committer *store.Committer[op]
	writer    *writer
	readers   *sql.DB
	read      *statements
	lapsed    lapsed
	// anchor keeps a database in memory alive: it is gone with its last
	// connection.
	anchor *sql.Conn
}

// maxReaders bounds the connections that read at the same time.
const maxReaders = 4

func connect(ctx context.Context, from source) (db *database, err error) {
	db = &database{writer: &writer{path: from.path}}
	left := false
	if from.path != "" {
		log, fault := os.Stat(from.path + "-wal")
		left = fault == nil && log.Size() > 0
		if db.writer.file, err = from.create(); err != nil {
			return nil, err
		}
	}
	if db.writer.db, err = sql.Open("sqlite", from.writing()); err != nil {
		return nil, err
	}
	if db.readers, err = sql.Open("sqlite", from.reading()); err != nil {
		return nil, err
	}
	db.readers.SetMaxOpenConns(maxReaders)
	db.readers.SetMaxIdleConns(maxReaders)
	if from.path == "" {
		if db.anchor, err = db.readers.Conn(ctx); err != nil {
			return nil, err
		}
	}
	db.read = newStatements(db.readers)
	db.committer = store.NewCommitter(db.writer.commit, fatal)
	if from.path != "" {
		db.writer.log = newCheckpoints(db.writer.db, db.wake)
		db.writer.log.start(emptyEvery, left)
	}
	return db, nil
}

// Close implements store.Database.
func (db *database) Close() error {
	db.writer.log.close()
	db.committer.Close()
	db.read.close()
	if db.anchor != nil {
		_ = db.anchor.Close()
	}
	err := db.readers.Close()
	db.writer.disconnect()
	return errors.Join(err, db.writer.db.Close())
}

// Write implements store.Database. SQLite's write lock keeps operations with the
// same keys apart.
func (db *database) Write(ctx context.Context, o store.Op) error {
	return db.write(ctx, func(tx *statements) error { return o.Do(tx) })
}

// WatchCommits implements store.Database.
func (db *database) WatchCommits(f func(store.Commit)) { db.committer.Watch(f) }

// wake lets the writer run.
func (db *database) wake(ctx context.Context) error {
	return db.write(ctx, func(*statements) error { return nil })
}

// write runs do in the next transaction and returns when that is durable.
func (db *database) write(ctx context.Context, do op) error { return db.committer.Do(ctx, do) }
