package postgres

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// usualConns is what a replica needs at most: one connection that writes, one
	// that claims, and some for reports and operators.
	usualConns = 8
	// connectWithin bounds the wait for a host that does not answer.
	connectWithin = 2 * time.Second
)

// source says where a database is, and how to connect to it.
type source struct{ pool *pgxpool.Config }

// parseDSN reads the configuration value `dsn`. Its errors repeat nothing of it: there
// is a password in it.
func parseDSN(dsn string) (source, error) {
	address, err := url.Parse(dsn)
	if err != nil || address.Scheme != "postgres" && address.Scheme != "postgresql" {
		return source{}, errors.New("dsn: PostgreSQL takes postgres://user:password@host:5432/database?sslmode=verify-full; " +
			"characters of a password that mean something in a URL are written as %XX")
	}
	query := address.Query()
	pool, err := takePool(query)
	if err != nil {
		return source{}, err
	}
	address.RawQuery = query.Encode()
	config, err := pgxpool.ParseConfig(address.String())
	if err != nil {
		return source{}, errors.New("dsn: what stands behind postgres:// cannot be read: look at host, port, sslmode and the other parameters")
	}
	config.MaxConns = pool.conns
	config.MaxConnLifetime = pool.lifetime
	config.MaxConnIdleTime = pool.idle
	if !query.Has("connect_timeout") {
		config.ConnConfig.ConnectTimeout = connectWithin
	}
	if config.AfterConnect, err = naming(query, config.ConnConfig); err != nil {
		return source{}, err
	}
	return source{config}, nil
}

type poolSettings struct {
	conns          int32
	lifetime, idle time.Duration
}

// takePool takes the parameters out that Kratos knows for its pool; a driver would
// take them for settings of the server. How many idle connections are kept is not
// bounded by their number but by max_conn_idle_time.
func takePool(query url.Values) (poolSettings, error) {
	p := poolSettings{conns: usualConns, lifetime: math.MaxInt64, idle: 5 * time.Minute}
	for name, set := range map[string]func(string) error{
		"max_conns": func(text string) error {
			n, err := strconv.ParseInt(text, 10, 32)
			if err == nil && n < 2 {
				return errors.New("a replica needs at least 2: one writes, another reads")
			}
			p.conns = int32(n)
			return err
		},
		"max_idle_conns": func(text string) error { _, err := strconv.Atoi(text); return err },
		"max_conn_lifetime": func(text string) error {
			d, err := time.ParseDuration(text)
			if d > 0 {
				p.lifetime = d
			}
			return err
		},
		"max_conn_idle_time": func(text string) error {
			d, err := time.ParseDuration(text)
			if d > 0 {
				p.idle = d
			}
			return err
		},
	} {
		if !query.Has(name) {
			continue
		}
		if err := set(query.Get(name)); err != nil {
			return p, fmt.Errorf("dsn: the parameter %s: %w", name, err)
		}
		query.Del(name)
	}
	return p, nil
}

// String names the database to people, without what is secret.
func (s source) String() string {
	return s.pool.ConnConfig.Database + " at " + s.pool.ConnConfig.Host
}
