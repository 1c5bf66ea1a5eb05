// Package postgres keeps deliveries in a PostgreSQL database that several replicas of
// the courier share. [Open] makes a [Store], which is a store.Store; [Migrate] makes its
// tables.
//
// Every change goes through one committer, as in SQLite: the operations of all waiting
// callers share a transaction. Their statements travel in rounds, one pipeline each
// (see transaction), so that a batch costs as many round trips as its longest
// operation has questions, however many operations there are.
//
// What replicas decide on together (a number's quota, a delivery's version) is locked
// for the transaction, by advisory locks that are taken in one order. Claims skip what
// others hold. A replica's clock is not asked: [Store.Now] is the database's.
//
// Nothing needs a superuser or an extension. Statements keep their names from one
// transaction to the next only where the connection is seen to be direct, so PgBouncer
// may stand between, in transaction mode too.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/puddle/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Store is a store.Store.
type Store struct {
	*store.Keeper
	db *database
}

// Open opens a database whose schema is the one that this program knows; otherwise the
// error is a *SchemaError. dsn is
//
//	postgres://user:password@host:port/database?parameters
//
// with the parameters of libpq and those of Kratos for its pool: max_conns,
// max_idle_conns, max_conn_lifetime and max_conn_idle_time. Errors name the setting
// that is wrong: dsn.
func Open(ctx context.Context, dsn string, v *vault.Vault) (*Store, error) {
	return open(ctx, dsn, v, time.Now)
}

func open(ctx context.Context, dsn string, v *vault.Vault, local func() time.Time) (*Store, error) {
	db, err := connect(ctx, dsn, local)
	if err != nil {
		return nil, err
	}
	return &Store{Keeper: store.NewKeeper(v, db), db: db}, nil
}

// Now is what time it is on the database's clock. Replicas whose own clocks differ
// agree on it, and so on what is due and whose lease is over.
func (s *Store) Now() time.Time { return s.db.clock.now() }

// database is a store.Database.
type database struct {
	committer *store.Committer[store.Op]
	writer    *writer
	pool      *pgxpool.Pool
	read      reader
	clock     *clock
}

func connect(ctx context.Context, dsn string, local func() time.Time) (*database, error) {
	config, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config.pool)
	if err != nil {
		return nil, fmt.Errorf("dsn: %w", err)
	}
	db := &database{pool: pool, read: reader{pool}, clock: newClock(pool, local)}
	if err := db.begin(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("opening %s: %w", config, err)
	}
	return db, nil
}

// begin checks the schema, sets the clock and starts what runs until Close.
func (db *database) begin(ctx context.Context) error {
	if err := checkSchema(ctx, db.pool); err != nil {
		return err
	}
	var schema string
	if err := db.pool.QueryRow(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return err
	}
	if err := db.clock.set(ctx); err != nil {
		return err
	}
	go db.clock.run(context.WithoutCancel(ctx))
	db.writer = &writer{pool: db.pool, schema: schema, known: make(descriptions), shard: rand.IntN(shards)} // #nosec G404 -- no secret
	db.committer = store.NewCommitter(db.writer.commit, fatal)
	return nil
}

// Close implements store.Database.
func (db *database) Close() error {
	db.committer.Close()
	db.clock.close()
	db.pool.Close()
	return nil
}

// Write implements store.Database.
func (db *database) Write(ctx context.Context, op store.Op) error { return db.committer.Do(ctx, op) }

// WatchCommits implements store.Database.
func (db *database) WatchCommits(f func(store.Commit)) { db.committer.Watch(f) }

// told says that a store is closed in the words of store.
func told(err error) error {
	if errors.Is(err, puddle.ErrClosedPool) {
		return store.ErrClosed
	}
	return err
}
