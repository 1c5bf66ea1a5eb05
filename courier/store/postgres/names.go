package postgres

import (
	"context"
	"errors"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// names are the statements that the server knows by name on one connection. A statement
// that it knows is neither parsed nor planned again, which is most of its work.
type names map[string]bool

const customNames = "courier.names"

// lookUp makes a connection find rows by an index, however small the table is. A plan that was
// made while a table was nearly empty would read all of it, and is kept until the server next
// takes statistics, long after a crowd has come. Statements for which there is no index then look
// so expensive that the server would compile them (jit), which takes longer than to run them.
// Behind a pooler the settings would be handed on to others.
const lookUp = "SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)"

// readWhole lets the rest of a transaction read whole tables, where no index helps.
const readWhole = "SELECT set_config('enable_seqscan', 'on', true)"

// namesOn are a connection's names, or nil where a name must not outlive its
// transaction, since a pooler may give the next one another connection to the server.
func namesOn(conn *pgx.Conn) names {
	known, _ := conn.PgConn().CustomData()[customNames].(names)
	return known
}

// naming decides on every new connection whether names last, if the parameter
// default_query_exec_mode does not say so. It sets how single statements are run where
// they do not.
func naming(query url.Values, config *pgx.ConnConfig) (func(context.Context, *pgx.Conn) error, error) {
	mode, chosen := config.DefaultQueryExecMode, query.Has("default_query_exec_mode")
	switch {
	case mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol:
		// They guess from Go's types, which the released programs have no table for.
		return nil, errors.New("dsn: the parameter default_query_exec_mode: the courier must learn from the server which types its values have: " +
			"take cache_describe, describe_exec or cache_statement, or leave it out")
	case !chosen:
		config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	return func(ctx context.Context, conn *pgx.Conn) error {
		alone, err := direct(ctx, conn)
		if err != nil {
			return err
		}
		if mode == pgx.QueryExecModeCacheStatement && (alone || chosen) {
			conn.PgConn().CustomData()[customNames] = make(names)
		}
		if alone {
			_, err = conn.Exec(ctx, lookUp)
		}
		return err
	}, nil
}

// direct reports whether nothing that shares connections stands between us and the
// server: such a pooler answers a new client with a process id of its own making, where
// the server tells that of the process which serves this connection alone.
func direct(ctx context.Context, conn *pgx.Conn) (bool, error) {
	var served uint32
	err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&served)
	return err == nil && served == conn.PgConn().PID(), err
}
