package postgres

import (
	"context"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// SchemaError says that the tables are not those that this program knows.
type SchemaError struct{ Have, Know int }

// Error says what to do.
func (e *SchemaError) Error() string {
	switch {
	case e.Have == 0:
		return "the database has no tables of the courier yet: run `whatsapp-courier migrate up`, or `serve --migrate`"
	case e.Have < e.Know:
		return fmt.Sprintf("the database has schema version %d and this program needs %d: run `whatsapp-courier migrate up`, or `serve --migrate`", e.Have, e.Know)
	}
	return fmt.Sprintf("the database has schema version %d and this program knows versions up to %d: "+
		"a newer whatsapp-courier has used it; start that version", e.Have, e.Know)
}

// Schema is what there is of the tables, and what is missing.
type Schema struct {
	// Version is that of the database; 0 is an empty one.
	Version int
	// Pending are the steps that it lacks.
	Pending []store.Migration
}

// Status tells how far the schema is, and changes nothing.
func Status(ctx context.Context, dsn string) (s Schema, err error) {
	err = withPool(ctx, dsn, func(pool *pgxpool.Pool) error {
		s, err = status(ctx, pool)
		return err
	})
	return s, err
}

// Migrate brings the schema up to the last step, in one transaction: a failed step
// leaves the database as it was, and a replica that comes second waits and finds
// nothing to do. It returns the steps that it took.
func Migrate(ctx context.Context, dsn string) (taken []store.Migration, err error) {
	err = withPool(ctx, dsn, func(pool *pgxpool.Pool) error {
		steps, err := store.ReadMigrations(migrations)
		if err != nil {
			return err
		}
		taken, err = migrate(ctx, pool, steps)
		return err
	})
	return taken, err
}

func withPool(ctx context.Context, dsn string, do func(*pgxpool.Pool) error) error {
	config, err := parseDSN(dsn)
	if err != nil {
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config.pool)
	if err != nil {
		return fmt.Errorf("dsn: %w", err)
	}
	defer pool.Close()
	if err := do(pool); err != nil {
		return fmt.Errorf("migrating %s: %w", config, err)
	}
	return nil
}

func migrate(ctx context.Context, pool *pgxpool.Pool, steps []store.Migration) ([]store.Migration, error) {
	var pending []store.Migration
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('whatsapp-courier migrations ' || current_schema(), 0))"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)"); err != nil {
			return inSchema(err)
		}
		current, err := version(ctx, tx)
		if err != nil {
			return err
		}
		if pending, err = store.Pending(steps, current); err != nil {
			return err
		}
		for _, step := range pending {
			if _, err := tx.Exec(ctx, step.Text, pgx.QueryExecModeSimpleProtocol); err != nil {
				return fmt.Errorf("migration %d: %w", step.Version, err)
			}
			if _, err := tx.Exec(ctx, "INSERT INTO schema_version (version) VALUES ($1)", step.Version); err != nil {
				return err
			}
		}
		return nil
	})
	return pending, err
}

// inSchema says what a database means that names no schema to make tables in.
func inSchema(err error) error {
	if code(err) == "3F000" {
		return fmt.Errorf("the schema of search_path does not exist: CREATE SCHEMA it for this user (%w)", err)
	}
	return err
}

// checkSchema fails with a *SchemaError unless the tables are those of the last step.
func checkSchema(ctx context.Context, pool *pgxpool.Pool) error {
	steps, err := store.ReadMigrations(migrations)
	if err != nil {
		return err
	}
	have, err := version(ctx, pool)
	if err != nil {
		return err
	}
	if have != len(steps) {
		return &SchemaError{Have: have, Know: len(steps)}
	}
	return nil
}

func status(ctx context.Context, pool *pgxpool.Pool) (s Schema, err error) {
	steps, err := store.ReadMigrations(migrations)
	if err != nil {
		return s, err
	}
	if s.Version, err = version(ctx, pool); err != nil {
		return s, err
	}
	s.Pending, err = store.Pending(steps, s.Version)
	return s, err
}

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, text string, args ...any) pgx.Row
}

// version is that of the schema; 0 is an empty database.
func version(ctx context.Context, from querier) (n int, err error) {
	err = from.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM schema_version").Scan(&n)
	if code(err) == "42P01" { // there is no such table
		return 0, nil
	}
	return n, err
}
