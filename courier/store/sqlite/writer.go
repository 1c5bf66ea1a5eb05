package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// op is a caller's part of a transaction. An error rolls the whole transaction
// back, so an op that merely declines must not return one. It may run more than
// once, and after its caller has gone.
type op func(*statements) error

// writer runs transactions on the one connection that writes. SQLite lets one
// writer in at a time; several would starve each other.
type writer struct {
	db   *sql.DB
	conn *sql.Conn // nil until needed, and after a fault that a new one may cure
	stmt *statements

	path string // "" in memory
	file os.FileInfo
	log  *checkpoints // nil in memory
}

// commit runs ops in one transaction. It is not safe for concurrent use: the
// committer calls it.
func (w *writer) commit(ops []op) error {
	err := w.transact(ops)
	if err == nil {
		err = w.inPlace()
	}
	if err == nil {
		return nil
	}
	if curable(err) {
		w.disconnect()
	}
	return fmt.Errorf("writing to the store: %w", err)
}

func (w *writer) transact(ops []op) (err error) {
	if err := w.connect(); err != nil {
		return err
	}
	if err := w.log.finish(context.Background(), w.conn); err != nil {
		return err
	}
	if err := w.stmt.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// SQLite has rolled back by itself after some faults; then this is
			// refused, rightly.
			_ = w.stmt.exec("ROLLBACK")
		}
	}()
	w.stmt.Tallies = store.Tallies{}
	for _, do := range ops {
		if err := do(w.stmt); err != nil {
			return err
		}
	}
	// One process writes at a time: there is one shard.
	if err := w.stmt.Write(0, w.stmt.exec); err != nil {
		return err
	}
	if err := w.stmt.exec("COMMIT"); err != nil {
		return err
	}
	w.log.committed(len(ops))
	return nil
}

func (w *writer) connect() error {
	if w.conn != nil {
		return nil
	}
	if err := w.inPlace(); err != nil {
		return err
	}
	conn, err := w.db.Conn(context.Background())
	if err != nil {
		return err
	}
	w.conn, w.stmt = conn, newStatements(conn)
	return nil
}

// disconnect drops the connection for good instead of giving it back to a pool.
func (w *writer) disconnect() {
	if w.conn == nil {
		return
	}
	w.stmt.close()
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = w.conn.Close()
	w.conn, w.stmt = nil, nil
}

// errMoved: SQLite goes on writing to a file that has lost its name. What it
// acknowledges then would be gone after a restart.
var errMoved = errors.New("the database file was moved, deleted or replaced while in use; put it back, or restart to use the new one")

// inPlace checks that the path still names the file that was opened.
func (w *writer) inPlace() error {
	if w.path == "" {
		return nil
	}
	file, err := os.Stat(w.path)
	if err != nil || !os.SameFile(file, w.file) {
		return errMoved
	}
	return nil
}

// fatal reports whether err would hit every operation of a batch alike.
func fatal(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM:
		return true
	}
	return errors.Is(err, errMoved) || curable(err)
}

// curable reports whether a new connection may help where this one failed.
func curable(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

// code returns SQLite's primary result code, or 0.
func code(err error) int {
	fault, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return 0
	}
	return fault.Code() & 0xff
}
