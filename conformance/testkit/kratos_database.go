package testkit

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
)

const databaseFile = "kratos.db"

// database is a file, because Kratos' in-memory SQLite answers "database table is
// locked" when its courier looks for messages at the same time: in v1.3.1 one
// login of a hundred failed, with a poll every 20 ms. No one needs the data
// after a crash of the machine, so it is not synced.
func database(dir string) string {
	return "sqlite://" + filepath.Join(dir, databaseFile) + "?_fk=true&_journal_mode=WAL&_busy_timeout=5000&_synchronous=OFF"
}

// MigratedVariable names a database of Kratos that is migrated already. A copy of
// it takes 3 ms, migrating one takes a second of a processor.
const MigratedVariable = "KRATOS_MIGRATED"

// DSNVariable names a database of Kratos in a PostgreSQL, as MigrateKratosDSN makes
// it. Each Kratos gets a copy of it, instead of a file of SQLite.
const DSNVariable = "KRATOS_DSN"

// errNoURL does not say more: the URL has a password.
var errNoURL = errors.New("the PostgreSQL: its address is no URL")

// MigrateKratosDSN makes a database for DSNVariable in a PostgreSQL, by a role that
// may create databases, and returns its URL. drop removes it and all its copies.
func MigrateKratosDSN(ctx context.Context, bin, server string) (dsn string, drop func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	address, err := url.Parse(server)
	if err != nil {
		return "", nil, errNoURL
	}
	name := "kratos_" + unique()
	if err := postgrestest.CreateDatabase(ctx, server, name, ""); err != nil {
		return "", nil, err
	}
	address.Path = "/" + name
	drop = func() error { return postgrestest.DropDatabases(server, name) }
	if err := migrate(ctx, bin, address.String()); err != nil {
		return "", nil, errors.Join(err, drop())
	}
	return address.String(), drop, nil
}

// copyDatabase copies a database that is not in use, unless an earlier
// Kratos has left its own in the folder. A schema would not do: the migrations of
// Kratos v1.3.1 look for an extension in their own.
func copyDatabase(ctx context.Context, template, dir string) (dsn string, err error) {
	file := filepath.Join(dir, "kratos.dsn")
	if known, err := os.ReadFile(file); err == nil {
		return string(known), nil
	}
	address, err := url.Parse(template)
	if err != nil {
		return "", errNoURL
	}
	from := strings.TrimPrefix(address.Path, "/")
	name := from + "_" + unique()[:12]
	address.Path = "/postgres" // A database that is in use is no template.
	if err := postgrestest.CreateDatabase(ctx, address.String(), name, from); err != nil {
		return "", err
	}
	address.Path = "/" + name
	return address.String(), os.WriteFile(file, []byte(address.String()), 0o600)
}

func unique() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

// makeDatabase makes the database of a Kratos, unless an earlier one has left its
// own in the folder.
func makeDatabase(ctx context.Context, bin, dir string) (dsn string, err error) {
	if template := os.Getenv(DSNVariable); template != "" {
		return copyDatabase(ctx, template, dir)
	}
	return database(dir), makeFile(ctx, bin, dir)
}

// makeFile makes the file of SQLite in a folder.
func makeFile(ctx context.Context, bin, dir string) error {
	from, file := os.Getenv(MigratedVariable), filepath.Join(dir, databaseFile)
	if from == "" {
		return migrate(ctx, bin, database(dir))
	}
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	raw, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("%s: %w", MigratedVariable, err)
	}
	return os.WriteFile(file, raw, 0o600)
}

// MigrateKratos makes the database of a Kratos, which is the program bin, in a
// folder, for MigratedVariable, and returns its file.
func MigrateKratos(ctx context.Context, bin, dir string) (string, error) {
	// Without a WAL, the file is all there is to copy.
	file := filepath.Join(dir, databaseFile)
	return file, migrate(ctx, bin, "sqlite://"+file+"?_fk=true&_journal_mode=DELETE&_synchronous=OFF")
}

func migrate(ctx context.Context, bin, dsn string) error {
	cmd := exec.CommandContext(ctx, bin, "migrate", "sql", "--read-from-env", "--yes")
	cmd.Env = append(os.Environ(), "DSN="+dsn)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the database of Kratos: %w\n%s", err, out[max(0, len(out)-2000):])
	}
	return nil
}
