// Package postgrestest gives tests a PostgreSQL of their own: Debian's package, started
// in a temporary folder, reached by a socket in it, gone with the tests. As root it runs
// as another user, because PostgreSQL refuses to run as root.
//
// A [Server] is one running PostgreSQL; it can be killed and started again. A [Shared]
// one is started by the first test that needs it.
package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing says that no PostgreSQL is installed.
var ErrMissing = errors.New("PostgreSQL is not installed (on Debian: apt-get install postgresql)")

// Role is whom tests connect as. It may do nothing but use its own database.
const Role = "courier"

const (
	superuser = "postgres"
	database  = "courier"
	startIn   = 30 * time.Second
)

// Server is a PostgreSQL that runs in a temporary folder.
type Server struct {
	folder  string
	bin     string
	options []string
	port    string // of TCP; "" without
	process *exec.Cmd
	log     *os.File
}

// Start makes an empty database and starts its server. Options are what the server
// takes, such as "-c", "fsync=off". Stop must follow.
func Start(ctx context.Context, options ...string) (*Server, error) {
	return start(ctx, "", options)
}

func start(ctx context.Context, port string, options []string) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, bin: bin, options: options, port: port}
	if err := s.create(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// StartOnTCP is Start, and the server listens on a port of the loopback interface too.
func StartOnTCP(ctx context.Context, port int, options ...string) (*Server, error) {
	text := strconv.Itoa(port)
	return start(ctx, text, append([]string{"-c", "listen_addresses=127.0.0.1", "-c", "port=" + text}, options...))
}

// Address is where a server listens that was started on TCP, as host:port.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", s.port) }

func (s *Server) create(ctx context.Context) (err error) {
	if err := give(s.folder); err != nil {
		return err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"),
		"--pgdata", s.data(), "--username", superuser, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	if out, err := s.as(initdb).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, bytes.TrimSpace(out))
	}
	if s.log, err = os.Create(filepath.Join(s.folder, "log")); err != nil {
		return err
	}
	if err := s.Run(ctx); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, s.address(superuser, "postgres").String())
	if err != nil {
		return err
	}
	for _, text := range []string{
		"CREATE ROLE " + Role + " LOGIN NOSUPERUSER",
		"CREATE DATABASE " + database + " OWNER " + Role,
	} {
		if _, err := conn.Exec(ctx, text); err != nil {
			return errors.Join(err, conn.Close(ctx))
		}
	}
	return conn.Close(ctx)
}

// binEnv names the folder of the programs of a PostgreSQL that is to be used, and no other.
const binEnv = "POSTGRES_BIN"

// programs is the folder of that PostgreSQL, or of the newest that is installed.
func programs() (string, error) {
	if folder := os.Getenv(binEnv); folder != "" {
		if _, err := exec.LookPath(filepath.Join(folder, "initdb")); err != nil {
			return "", fmt.Errorf("%s=%s has no PostgreSQL: %w", binEnv, folder, err)
		}
		return folder, nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", ErrMissing
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// as lets a command run as the owner of the folder.
func (s *Server) as(cmd *exec.Cmd) *exec.Cmd {
	cmd.Dir = s.folder
	cmd.SysProcAttr = unprivileged()
	return cmd
}

// Run starts the server, which must not be running, and returns once it answers.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startIn)
	defer cancel()
	args := append([]string{
		"-D", s.data(), "-k", s.folder, "-c", "listen_addresses=", "-c", "max_connections=100",
		"-c", "shared_buffers=64MB", "-c", "log_min_messages=warning",
	}, s.options...)
	// It outlives its start.
	process := s.as(exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(s.bin, "postgres"), args...))
	process.Stdout, process.Stderr = s.log, s.log
	if err := process.Start(); err != nil {
		return err
	}
	s.process = process
	for {
		conn, err := pgx.Connect(ctx, s.address(superuser, "postgres").String())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(s.log.Name())
			return fmt.Errorf("PostgreSQL did not start within %s: %w\n%s", startIn, err, said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends the server as a crash does, and returns once it is gone.
func (s *Server) Kill() error {
	if s.process == nil {
		return nil
	}
	// Its children notice that their parent is gone, and follow.
	err := s.process.Process.Kill()
	_ = s.process.Wait()
	s.process = nil
	return err
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	var ended error
	if s.process != nil {
		ended = s.process.Process.Signal(os.Interrupt) // closes connections, and loses nothing
		_ = s.process.Wait()
	}
	if s.log != nil {
		_ = s.log.Close()
	}
	return errors.Join(ended, os.RemoveAll(s.folder))
}

// DSN names the database of the tests.
func (s *Server) DSN() string { return s.address(Role, database).String() }

// OwnerDSN names the database of the role that owns the server and may make others.
func (s *Server) OwnerDSN() string { return s.address(superuser, "postgres").String() }

// Folder holds the server's socket.
func (s *Server) Folder() string { return s.folder }

// Process is the id of the server's first process, the parent of all others.
func (s *Server) Process() int { return s.process.Process.Pid }

func (s *Server) address(role, database string) *url.URL {
	query := url.Values{"host": {s.folder}}
	if s.port != "" {
		query.Set("port", s.port)
	}
	return &url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: query.Encode()}
}

// As makes another role, which may do nothing yet, and names the database for it.
func (s *Server) As(ctx context.Context, role string) (dsn string, err error) {
	conn, err := pgx.Connect(ctx, s.address(superuser, "postgres").String())
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "CREATE ROLE "+pgx.Identifier{role}.Sanitize()+" LOGIN NOSUPERUSER") //nolint:misspell // pgx's word
	return s.address(role, database).String(), errors.Join(err, conn.Close(ctx))
}
