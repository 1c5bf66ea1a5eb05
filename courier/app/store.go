package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// openStore opens the database that `dsn` names.
func openStore(ctx context.Context, c *Config) (store.Store, error) {
	secrets, err := vault.New(vault.Secrets{Cipher: secret.RevealAll(c.Secrets.Cipher), Lookup: c.Secrets.Lookup.Reveal()})
	if err != nil {
		return nil, err
	}
	scheme, _, found := strings.Cut(c.DSN, "://")
	switch {
	case c.DSN == "memory", scheme == "sqlite":
		return sqlite.Open(ctx, c.DSN, secrets)
	case !found:
		scheme = "without a scheme"
	}
	// What is written there may be another database's address with its password:
	// name no more of it than the scheme.
	return nil, fmt.Errorf("dsn: %q is not supported; use sqlite:///absolute/path, sqlite://./relative/path or memory", scheme)
}
