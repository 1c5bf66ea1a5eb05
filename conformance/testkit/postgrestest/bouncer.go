package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNoBouncer says that PgBouncer is not installed.
var ErrNoBouncer = fmt.Errorf("%w: PgBouncer is not installed (on Debian: apt-get install pgbouncer)", ErrMissing)

// Bouncer is a PgBouncer in front of a server. It gives each transaction another
// connection.
type Bouncer struct {
	folder  string
	process *exec.Cmd
}

// StartBouncer starts one with two connections to the server. Stop must follow.
func StartBouncer(ctx context.Context, s *Server) (*Bouncer, error) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil {
			return nil, ErrNoBouncer
		}
	}
	folder, err := os.MkdirTemp("", "pgbouncer-")
	if err != nil {
		return nil, err
	}
	b := &Bouncer{folder: folder}
	settings := fmt.Sprintf(`[databases]
* = host=%s user=%s
[pgbouncer]
unix_socket_dir = %s
listen_addr =
auth_type = any
pool_mode = transaction
server_round_robin = 1
default_pool_size = 2
logfile = %s
`, s.folder, Role, folder, filepath.Join(folder, "log"))
	file := filepath.Join(folder, "pgbouncer.ini")
	if err := errors.Join(os.WriteFile(file, []byte(settings), 0o644), give(folder)); err != nil {
		return nil, errors.Join(err, b.Stop())
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, "-q", file)
	cmd.Dir, cmd.SysProcAttr = folder, unprivileged()
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, b.Stop())
	}
	b.process = cmd
	return b, b.await(ctx, s)
}

func (b *Bouncer) await(ctx context.Context, s *Server) error {
	ctx, cancel := context.WithTimeout(ctx, startIn)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, b.DSN(s)+"&default_query_exec_mode=exec")
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(filepath.Join(b.folder, "log"))
			return errors.Join(fmt.Errorf("PgBouncer did not start: %w\n%s", err, said), b.Stop())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// DSN is that of the server, by way of PgBouncer.
func (b *Bouncer) DSN(s *Server) string {
	address := s.address(Role, database)
	address.RawQuery = url.Values{"host": {b.folder}, "port": {"6432"}}.Encode()
	return address.String()
}

// Stop ends it.
func (b *Bouncer) Stop() error {
	if b.process != nil {
		_ = b.process.Process.Kill()
		_ = b.process.Wait()
	}
	return os.RemoveAll(b.folder)
}
