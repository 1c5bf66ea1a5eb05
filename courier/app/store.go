package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/postgres"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// openStore opens the database that `dsn` names. SQLite always brings its tables up to
// date, PostgreSQL if migrate says so.
func openStore(ctx context.Context, c *Config, migrate bool) (store.Store, error) {
	secrets, err := vault.New(vault.Secrets{Cipher: secret.RevealAll(c.Secrets.Cipher), Lookup: c.Secrets.Lookup.Reveal()})
	if err != nil {
		return nil, err
	}
	switch kind, err := c.database(); {
	case err != nil:
		return nil, err
	case kind == sqliteDatabase:
		return sqlite.Open(ctx, c.DSN, secrets)
	case migrate:
		if _, err := postgres.Migrate(ctx, c.DSN); err != nil {
			return nil, fmt.Errorf("dsn: %w", err)
		}
	}
	opened, err := postgres.Open(ctx, c.DSN, secrets)
	if err != nil {
		return nil, fmt.Errorf("dsn: %w", err)
	}
	return opened, nil
}

// The kinds of database.
const (
	sqliteDatabase   = "SQLite"
	postgresDatabase = "PostgreSQL"
)

// database is the kind that `dsn` names.
func (c *Config) database() (string, error) {
	scheme, _, found := strings.Cut(c.DSN, "://")
	switch {
	case c.DSN == "memory", scheme == "sqlite":
		return sqliteDatabase, nil
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return postgresDatabase, nil
	case !found:
		scheme = "without a scheme"
	}
	// What is written there may be another database's address with its password:
	// name no more of it than the scheme.
	return "", fmt.Errorf("dsn: %q is not supported; use postgres://user:password@host/database, sqlite:///absolute/path, "+
		"sqlite://./relative/path or memory", scheme)
}
