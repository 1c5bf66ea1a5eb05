package bench

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// commit returns the median time of a transaction of one row in a target's PostgreSQL,
// asked by one caller: what no durable answer of a courier on it can be faster than.
func (t *target) commit(ctx context.Context, n int) (_ time.Duration, err error) {
	conn, err := pgx.Connect(ctx, t.server.DSN())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS commits (id bigserial PRIMARY KEY, what text)"); err != nil {
		return 0, err
	}
	var all []time.Duration
	for range n {
		began := time.Now()
		if _, err := conn.Exec(ctx, "INSERT INTO commits (what) VALUES ($1)", "a row of some length"); err != nil {
			return 0, err
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}
