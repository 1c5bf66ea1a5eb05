package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Export puts the rows of a database elsewhere that a courier needs to go on, as of an
// instant, and changes nothing but the version of its tables. It fails while another
// process has the file open: what that writes would be missing.
func Export(ctx context.Context, dsn string, now time.Time, put store.Put) error {
	from, err := parseDSN(dsn)
	if err != nil {
		return err
	}
	if from.path == "" {
		return errors.New("a database in memory cannot be copied: it is gone with its process")
	}
	if _, err := os.Stat(from.path); err != nil {
		return fmt.Errorf("there is no database to copy: %w", err)
	}
	current, err := openSource(ctx, from, nil)
	if err != nil {
		return err
	}
	if err := current.Close(); err != nil {
		return err
	}
	alone, err := sql.Open("sqlite", from.with("busy_timeout(200)", "locking_mode(EXCLUSIVE)"))
	if err != nil {
		return err
	}
	defer alone.Close()
	conn, err := alone.Conn(ctx)
	if err == nil {
		defer func() { _ = conn.Close() }()
		_, err = conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if code(err) == sqlite3.SQLITE_BUSY {
		return fmt.Errorf("%s is in use: stop the courier first", from)
	}
	if err != nil {
		return err
	}
	for _, table := range store.MovingTables() {
		if err := export(ctx, conn, table, now, put); err != nil {
			return fmt.Errorf("copying %s: %w", table.Name, err)
		}
	}
	return nil
}

func export(ctx context.Context, from *sql.Conn, table store.Table, now time.Time, put store.Put) error {
	text, args := table.Select(now)
	rows, err := from.QueryContext(ctx, text, args...) //nolint:sqlclosecheck // it is closed below; the check is blind for rows in a closure
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	return put(table, func() ([]any, error) {
		if !rows.Next() {
			return nil, rows.Err()
		}
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		return row, rows.Scan(into...)
	})
}
