package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// dropWithin is how long databases may take to go.
const dropWithin = 30 * time.Second

// CreateDatabase makes a database in the server of a dsn, by a role that may, as a
// copy of another one that is not in use; empty if that is "". Names are put into the
// statement as they are.
func CreateDatabase(ctx context.Context, dsn, name, like string) error {
	statement := "CREATE DATABASE " + name
	if like != "" {
		statement += " TEMPLATE " + like
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("PostgreSQL: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// DropDatabases drops all databases whose names begin like this, used or not.
func DropDatabases(dsn, prefix string) error {
	ctx, cancel := context.WithTimeout(context.Background(), dropWithin)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("PostgreSQL: %w", err)
	}
	return errors.Join(drop(ctx, conn, prefix), conn.Close(ctx))
}

func drop(ctx context.Context, conn *pgx.Conn, prefix string) error {
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range all {
		_, fault := conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		err = errors.Join(err, fault)
	}
	return err
}
