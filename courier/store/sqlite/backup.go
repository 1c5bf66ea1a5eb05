package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"modernc.org/sqlite"
)

const (
	// backupPages is how many pages of 4 KiB are copied before they are written to disk.
	// Left to the system, many would be written at some time, and the commits of couriers
	// would wait for them.
	backupPages = 256
	// backupRests is how many times as long as such a part took nothing is done after it.
	backupRests = 1
)

// Backup writes the whole database, as it is at one instant, to a file that does not
// exist yet, readable by its owner only. Couriers may be at work meanwhile: it reads
// beside them, and takes its time so that they do not wait. Until it is done their log
// grows. The file is whole or not there. Codes and numbers are sealed in it as in the
// database. progress hears of how many pages are copied, and how many there are.
func Backup(ctx context.Context, dsn, file string, progress func(done, all int)) (err error) {
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
	if err := errors.Join(from.copyTo(ctx, partial, progress), partial.Sync()); err != nil {
		return fmt.Errorf("back %s up: %w", from, err)
	}
	return os.Rename(partial.Name(), file)
}

// copyTo copies what the database is now, page by page.
func (s source) copyTo(ctx context.Context, file *os.File, progress func(done, all int)) (err error) {
	db, err := sql.Open("sqlite", s.reading())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	// A transaction keeps the copy to one instant: without it SQLite begins anew after each
	// commit of a courier. It takes hold of that instant when it reads.
	for _, text := range []string{"BEGIN", "SELECT count(*) FROM sqlite_schema"} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return conn.Raw(func(driver any) error {
		from, ok := driver.(interface {
			NewBackup(to string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("the driver cannot copy databases")
		}
		b, err := from.NewBackup("file:" + (&url.URL{Path: file.Name()}).EscapedPath())
		if err != nil {
			return err
		}
		return errors.Join(inSteps(ctx, b, file, progress), b.Finish())
	})
}

// inSteps copies a part, lets it come to disk, and rests, until all is there.
func inSteps(ctx context.Context, b *sqlite.Backup, file *os.File, progress func(done, all int)) error {
	for {
		began := time.Now()
		more, err := b.Step(backupPages)
		if err == nil {
			err = file.Sync()
		}
		if err != nil || !more {
			return err
		}
		progress(b.PageCount()-b.Remaining(), b.PageCount())
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(backupRests * time.Since(began)):
		}
	}
}
