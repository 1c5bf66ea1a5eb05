package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
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
	return execute(ctx, dsn, statement)
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

// CreateSchema makes a schema in the database of a dsn, by a role that may, and returns
// the dsn of a connection that has it as its search path. drop removes it with all that
// is in it.
func CreateSchema(ctx context.Context, dsn, name string) (inSchema string, drop func() error, err error) {
	address, err := url.Parse(dsn)
	if err != nil {
		return "", nil, errors.New("PostgreSQL: its address is no URL") // It has a password.
	}
	query := address.Query()
	query.Set("search_path", name)
	address.RawQuery = query.Encode()
	drop = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), dropWithin)
		defer cancel()
		return execute(ctx, dsn, "DROP SCHEMA "+name+" CASCADE")
	}
	return address.String(), drop, execute(ctx, dsn, "CREATE SCHEMA "+name)
}

// Dump returns all that the tables of a schema hold, by their names, as COPY gives it in
// its binary form. The schema is the first of the dsn's search path.
func Dump(ctx context.Context, dsn string) (map[string][]byte, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL: %w", err)
	}
	tables, err := dump(ctx, conn)
	return tables, errors.Join(err, conn.Close(ctx))
}

func dump(ctx context.Context, conn *pgx.Conn) (map[string][]byte, error) {
	rows, err := conn.Query(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	tables := make(map[string][]byte, len(names))
	for _, name := range names {
		var raw bytes.Buffer
		if _, err := conn.PgConn().CopyTo(ctx, &raw, "COPY "+pgx.Identifier{name}.Sanitize()+" TO STDOUT (FORMAT binary)"); err != nil { //nolint:misspell // pgx's word
			return nil, err
		}
		tables[name] = raw.Bytes()
	}
	return tables, nil
}

func execute(ctx context.Context, dsn, text string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("PostgreSQL: %w", err)
	}
	_, err = conn.Exec(ctx, text)
	return errors.Join(err, conn.Close(ctx))
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
