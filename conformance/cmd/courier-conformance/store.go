package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
)

// courierStore is where whatsapp-courier keeps its deliveries, and how many processes
// share it.
type courierStore struct {
	// dsn is "" for a file of SQLite each or, with several replicas, for a PostgreSQL
	// that the run starts.
	dsn      string
	replicas int
}

// What only whatsapp-courier on SQLite, or of one process, offers to specs: words of
// REQUIREMENTS.md.
const (
	sqliteFile = "sqlite-file"
	oneProcess = "one-process"
)

func (s courierStore) onPostgres() bool { return s.dsn != "" || s.replicas > 1 }

// access is what it offers to specs; nil is everything.
func (s courierStore) access(all []catalogue.Word) []string {
	if !s.onPostgres() {
		return nil
	}
	var offered []string
	for _, word := range all {
		if word.Name != sqliteFile && (word.Name != oneProcess || s.replicas == 1) {
			offered = append(offered, word.Name)
		}
	}
	return offered
}

// make starts a PostgreSQL, or makes a database in the one that was named, and returns
// the environment by which the shards find it. drop removes it again.
func (s courierStore) make(ctx context.Context) (env []string, drop func() error, err error) {
	if !s.onPostgres() {
		return nil, func() error { return nil }, nil
	}
	var dsn string
	if s.dsn != "" {
		dsn, drop, err = testkit.MakeCourierDatabase(ctx, s.dsn)
	} else {
		var server *postgrestest.Server
		if server, err = startPostgres(ctx); err == nil {
			dsn, drop = server.DSN(), server.Stop
		}
	}
	return []string{testkit.CourierDSNVariable + "=" + dsn, testkit.ReplicasVariable + "=" + strconv.Itoa(s.replicas)}, drop, err
}

// startPostgres starts a PostgreSQL for the run alone: a crash of the machine may lose
// what is in it.
func startPostgres(ctx context.Context) (*postgrestest.Server, error) {
	return postgrestest.Start(ctx, "-c", "fsync=off", "-c", "max_connections=1000")
}

// flags repeat it in another run. A DSN is left to whoever has its password.
func (s courierStore) flags() []string {
	var all []string
	if s.dsn != "" {
		all = append(all, "--courier-dsn", "$COURIER_DSN")
	}
	if s.replicas > 1 {
		all = append(all, "--replicas", strconv.Itoa(s.replicas))
	}
	return all
}

// String says it for the reports, behind the version.
func (s courierStore) String() string {
	if !s.onPostgres() {
		return ""
	}
	return fmt.Sprintf(" on PostgreSQL, replicas: %d", s.replicas)
}
