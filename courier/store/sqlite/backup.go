package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup writes the whole database, as it is at one instant, to a file that does not
// exist yet, readable by its owner only. Couriers may be at work meanwhile: it reads
// beside them. The file is a database without a log of its own, whole or not there.
// Codes and numbers are sealed in it as in the database.
func Backup(ctx context.Context, dsn, file string) (err error) {
	from, err := parseDSN(dsn)
	if err != nil {
		return err
	}
	if from.path == "" {
		return errors.New("dsn: a database in memory is gone with its process; there is nothing to back up")
	}
	if _, err := os.Stat(from.path); err != nil {
		return fmt.Errorf("dsn: there is no database to back up: %w", err)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already; name a file that is not", file)
	}
	partial, err := os.OpenFile(file+".partial", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, partial.Close()); err != nil {
			_ = os.Remove(partial.Name())
		}
	}()
	db, err := sql.Open("sqlite", from.with())
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", partial.Name())
	if err = errors.Join(err, db.Close(), partial.Sync()); err != nil {
		return fmt.Errorf("back %s up: %w", from, err)
	}
	return os.Rename(partial.Name(), file)
}
