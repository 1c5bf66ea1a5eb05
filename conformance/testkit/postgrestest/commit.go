package postgrestest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// CommitTime returns the median time of n transactions of one row in the database of a
// dsn, asked by one caller: what no durable answer on it can be faster than. It leaves a
// table "commits" behind.
func CommitTime(ctx context.Context, dsn string, n int) (_ time.Duration, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS commits (id bigserial PRIMARY KEY, what text)"); err != nil {
		return 0, err
	}
	all := make([]time.Duration, n)
	for i := range all {
		began := time.Now()
		if _, err := conn.Exec(ctx, "INSERT INTO commits (what) VALUES ($1)", "a row of some length"); err != nil {
			return 0, err
		}
		all[i] = time.Since(began)
	}
	slices.Sort(all)
	return all[n/2], nil
}
