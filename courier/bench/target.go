package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
	pgfilled "github.com/kratos-whatsapp/kratos-whatsapp/courier/store/postgres/filled"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite/filled"
)

// target is what carries messages to a stand-in of its own: a process, or replicas with
// their database.
type target struct {
	name     string
	messages []string // where Kratos posts, in turns
	key      string
	meta     *standIn
	// server is the PostgreSQL of the target, or nil.
	server   *postgrestest.Server
	pids     []int
	operator *testkit.Operator // nil of the relay, like what follows
	process  *testkit.Courier
	// count is how many deliveries are stored.
	count func(ctx context.Context) (int, error)
	close func() error
}

// courier starts the real program on a file of SQLite that holds so many deliveries.
func courier(ctx context.Context, stored int, numbers int) (*target, error) {
	meta, err := newStandIn(ctx)
	if err != nil {
		return nil, err
	}
	c, err := testkit.StartCourier(ctx, testkit.CourierOptions{MockAPI: meta.url, Configure: settings(numbers)})
	if err != nil {
		return nil, err
	}
	if stored > 0 {
		err := errors.Join(c.Stop(ctx), filled.Fill(ctx, c.DatabaseFile(), stored, []byte("none"), time.Now()))
		if err = errors.Join(err, c.Restart(ctx)); err != nil {
			return nil, errors.Join(err, c.Close(ctx))
		}
	}
	t := &target{name: onSQLite, count: func(ctx context.Context) (int, error) { return filled.Count(ctx, c.DatabaseFile()) }}
	if stored > 0 {
		t.name = fmt.Sprintf(onSQLite+", %s stored", thousands(stored))
	}
	t.carries(c, meta)
	t.close = func() error { meta.close(); return c.Close(context.WithoutCancel(ctx)) }
	return t, nil
}

// replicas starts the real program as often on one PostgreSQL that holds so many
// deliveries, and is its own so that its processor time is. Messages and webhooks go to
// the replicas in turns.
func replicas(ctx context.Context, stored, n int) (_ *target, err error) {
	server, err := postgrestest.Start(ctx)
	if err != nil {
		return nil, err
	}
	meta, err := newStandIn(ctx)
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	c, err := testkit.StartCourier(ctx, testkit.CourierOptions{
		MockAPI: meta.url, DSN: server.DSN(), Replicas: n, Configure: settings(2),
	})
	if err != nil {
		meta.close()
		return nil, errors.Join(err, server.Stop())
	}
	dsn, _ := c.Setting("dsn").(string)
	if stored > 0 {
		if err := pgfilled.Fill(ctx, dsn, stored, time.Now()); err != nil {
			meta.close()
			return nil, errors.Join(err, c.Close(ctx), server.Stop())
		}
	}
	t := &target{server: server, count: func(ctx context.Context) (int, error) { return pgfilled.Count(ctx, dsn) }}
	switch {
	case stored > 0:
		t.name = fmt.Sprintf("PostgreSQL, %s stored", thousands(stored))
	case n == 1:
		t.name = onPostgres
	default:
		t.name = fmt.Sprintf("PostgreSQL, %d replicas", n)
	}
	t.carries(c, meta)
	t.close = func() error {
		meta.close()
		return errors.Join(c.Close(context.WithoutCancel(ctx)), server.Stop())
	}
	return t, nil
}

// Names of the targets that have nothing stored, and of which there is one.
const (
	onSQLite   = "courier"
	onPostgres = "PostgreSQL, 1 replica"
)

// settings are the default rules, but for limits that one machine with few invented
// numbers would meet.
func settings(numbers int) func(testkit.Config) {
	return func(c testkit.Config) {
		c.Set("limits.per_number.max", 1_000_000)
		c.Set("keep", keepAll.String())
		var all []any
		for i := range numbers {
			// The stand-in does not look; the courier asks for different ones.
			all = append(all, map[string]any{"phone_number_id": testkit.MockPhoneNumberID[:14] + fmt.Sprint(2+i), "rate": 1000, "weight": 1})
		}
		c.Set("whatsapp.phone_number_id", "")
		c.Set("whatsapp.numbers", all)
	}
}

// carries has a courier carry the messages to a stand-in.
func (t *target) carries(c *testkit.Courier, meta *standIn) {
	t.process, t.meta, t.key, t.operator = c, meta, c.KratosKey, c.Operator()
	var callbacks []string
	for _, r := range c.Replicas {
		t.messages = append(t.messages, r.PrivateURL+"/kratos/messages")
		callbacks = append(callbacks, r.PublicURL+"/webhooks/meta")
		t.pids = append(t.pids, r.PID())
	}
	meta.callAt(callbacks...)
}

// relayProcess starts this program again as the relay.
func relayProcess(ctx context.Context) (*target, error) {
	meta, err := newStandIn(ctx)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	cmd := exec.CommandContext(running, self, RelayCommand, meta.url) // #nosec G204 -- this program
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		stop()
		return nil, err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return nil, fmt.Errorf("start the relay: %w", err)
	}
	url := "http://" + strings.TrimSpace(address)
	meta.callAt(url + "/webhooks/meta")
	return &target{
		name: "relay", messages: []string{url + "/kratos/messages"}, pids: []int{cmd.Process.Pid}, meta: meta,
		close: func() error { stop(); _ = cmd.Wait(); meta.close(); return nil },
	}, nil
}

// RelayCommand is the argument with which the program is the relay; the next one is
// the URL of Meta's API.
const RelayCommand = "relay"

func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
