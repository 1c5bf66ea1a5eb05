package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// ErrNotEmpty says that a database has rows already.
var ErrNotEmpty = errors.New("the database is not empty: rows of two couriers cannot be told apart; empty its tables, or use another database or schema")

// Import takes rows from elsewhere into empty tables, all of them or none, and tells how
// many. Couriers that run on them wait meanwhile.
func Import(ctx context.Context, dsn string, from func(store.Put) error) (moved []store.Moved, err error) {
	err = withPool(ctx, dsn, func(pool *pgxpool.Pool) error {
		if err := checkSchema(ctx, pool); err != nil {
			return err
		}
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if err := requireEmpty(ctx, tx); err != nil {
				return err
			}
			return from(func(t store.Table, next func() ([]any, error)) error {
				n, err := put(ctx, tx, t, next)
				moved = append(moved, store.Moved{Table: t, Rows: n})
				return err
			})
		})
	})
	if err != nil {
		return nil, err
	}
	return moved, nil
}

// requireEmpty fails with ErrNotEmpty if one of the tables has a row, and keeps others
// from adding any.
func requireEmpty(ctx context.Context, tx pgx.Tx) error {
	for _, table := range store.MovingTables() {
		if _, err := tx.Exec(ctx, "LOCK TABLE "+table.Name+" IN EXCLUSIVE MODE"); err != nil {
			return err
		}
		var filled bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+table.Name+")").Scan(&filled); err != nil {
			return err
		}
		if filled {
			return ErrNotEmpty
		}
	}
	return nil
}

// put adds the rows of a table, with values of the kinds that its columns have.
func put(ctx context.Context, tx pgx.Tx, t store.Table, next func() ([]any, error)) (int64, error) {
	columns, err := described(ctx, tx, t)
	if err != nil {
		return 0, err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return tx.CopyFrom(ctx, pgx.Identifier{t.Name}, names, pgx.CopyFromFunc(func() ([]any, error) {
		row, err := next()
		if err != nil || row == nil {
			return nil, err
		}
		for i, c := range columns {
			if row[i], err = fitting(row[i], c.DataTypeOID); err != nil {
				return nil, fmt.Errorf("column %s: %w", c.Name, err)
			}
		}
		return row, nil
	}))
}

func described(ctx context.Context, tx pgx.Tx, t store.Table) ([]pgconn.FieldDescription, error) {
	rows, err := tx.Query(ctx, "SELECT "+strings.TrimSpace(t.Columns)+" FROM "+t.Name+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return rows.FieldDescriptions(), rows.Err()
}

// fitting is a value of SQLite as a column of this kind takes it.
func fitting(value any, kind uint32) (any, error) {
	switch value := value.(type) {
	case []byte:
		if kind == pgtype.UUIDOID {
			return uuid.FromBytes(value)
		}
	case int64:
		if kind == pgtype.BoolOID {
			return value != 0, nil
		}
	}
	return value, nil
}
