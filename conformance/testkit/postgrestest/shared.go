package postgrestest

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
)

// dsnEnv names a database that the tests use instead of one of their own. They make
// schemas in it, and drop them.
const dsnEnv = "TEST_POSTGRES_DSN"

// Shared is one database for all tests of a package, each in a schema of its own. Its
// zero value is ready; Stop must follow once the tests are over.
type Shared struct {
	start  sync.Once
	server *Server
	dsn    string
	err    error
}

// Schema returns the dsn of an empty schema that goes with its test. Without PostgreSQL
// it skips the test, in CI it fails.
func (s *Shared) Schema(t testing.TB) string {
	t.Helper()
	s.start.Do(s.run)
	Require(t, s.err)
	dsn, drop, err := CreateSchema(context.Background(), s.dsn, "test_"+strings.ReplaceAll(uuid.NewString(), "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Error(err)
		}
	})
	return dsn
}

// Server returns the server, or nil if the tests use another one.
func (s *Shared) Server(t testing.TB) *Server {
	t.Helper()
	s.start.Do(s.run)
	Require(t, s.err)
	return s.server
}

func (s *Shared) run() {
	if s.dsn = os.Getenv(dsnEnv); s.dsn != "" {
		return
	}
	// A crash of the machine may lose what the tests write; a crash of the server
	// does not.
	if s.server, s.err = Start(context.Background(), "-c", "fsync=off"); s.err == nil {
		s.dsn = s.server.DSN()
	}
}

// Stop ends the server, if one was started.
func (s *Shared) Stop() error {
	if s.server == nil {
		return nil
	}
	return s.server.Stop()
}

// Require skips a test that found no PostgreSQL; in CI, and on any other fault, it
// fails.
func Require(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrMissing) && os.Getenv("CI") != "true":
		t.Skipf("left out: %v; or set %s", err, dsnEnv)
	default:
		t.Fatalf("%v; or set %s", err, dsnEnv)
	}
}
