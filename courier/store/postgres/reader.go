package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// reader runs single statements on the pool, each a transaction of its own.
type reader struct{ pool *pgxpool.Pool }

// each calls scan for every row of the answer.
func (r reader) each(ctx context.Context, scan func(pgx.Rows) error, text string, args ...any) error {
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		return told(err)
	}
	defer conn.Release()
	if namesOn(conn.Conn()) != nil {
		args = append([]any{pgx.QueryExecModeCacheStatement}, args...)
	}
	rows, err := conn.Query(ctx, numbered(text), args...)
	if err != nil {
		return err
	}
	return scanAll(rows, scan)
}

// records reads what a statement made of store.RecordColumns answers, in its order.
func (r reader) records(ctx context.Context, text string, args ...any) (all []vault.Record, err error) {
	err = r.each(ctx, func(rows pgx.Rows) (err error) {
		all, err = store.ScanRecord(rows, all)
		return err
	}, text, args...)
	return all, err
}

// ids collects the ids that a query answers.
func (r reader) ids(ctx context.Context, text string, args ...any) (ids []courier.ID, err error) {
	err = r.each(ctx, func(rows pgx.Rows) error {
		var id courier.ID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, text, args...)
	return ids, err
}

func scanAll(rows pgx.Rows, scan func(pgx.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// numbered puts $1, $2 and so on in the place of question marks.
func numbered(text string) string {
	parts := strings.Split(text, "?")
	if len(parts) == 1 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 2*len(parts))
	b.WriteString(parts[0])
	for i, part := range parts[1:] {
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteString(part)
	}
	return b.String()
}
