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
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite/filled"
)

// target is a process that carries messages to a stand-in of its own.
type target struct {
	name     string
	messages string // where Kratos posts
	key      string
	pid      int
	meta     *standIn
	operator *testkit.Operator // nil of the relay, like what follows
	process  *testkit.Courier
	database string // its file
	close    func() error
}

// courier starts the real program on a database on disk that holds so many
// deliveries, with its default rules, but for limits that one machine with few
// invented numbers would meet.
func courier(ctx context.Context, stored int, numbers int) (*target, error) {
	meta, err := newStandIn(ctx)
	if err != nil {
		return nil, err
	}
	c, err := testkit.StartCourier(ctx, testkit.CourierOptions{MockAPI: meta.url, Configure: func(c testkit.Config) {
		c.Set("limits.per_number.max", 1_000_000)
		c.Set("keep", keepAll.String())
		var all []any
		for i := range numbers {
			// The stand-in does not look; the courier asks for different ones.
			all = append(all, map[string]any{"phone_number_id": testkit.MockPhoneNumberID[:14] + fmt.Sprint(2+i), "rate": 1000, "weight": 1})
		}
		c.Set("whatsapp.phone_number_id", "")
		c.Set("whatsapp.numbers", all)
	}})
	if err != nil {
		return nil, err
	}
	if stored > 0 {
		err := errors.Join(c.Stop(ctx), filled.Fill(ctx, c.DatabaseFile(), stored, []byte("none"), time.Now()))
		if err = errors.Join(err, c.Restart(ctx)); err != nil {
			return nil, errors.Join(err, c.Close(ctx))
		}
	}
	meta.callAt(c.WebhookURL())
	t := &target{
		name: "courier", messages: c.MessagesURL(), key: c.KratosKey, pid: c.PID(), meta: meta, operator: c.Operator(),
		process: c, database: c.DatabaseFile(),
		close: func() error { meta.close(); return c.Close(context.WithoutCancel(ctx)) },
	}
	if stored > 0 {
		t.name = fmt.Sprintf("courier, %s stored", thousands(stored))
	}
	return t, nil
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
		name: "relay", messages: url + "/kratos/messages", pid: cmd.Process.Pid, meta: meta,
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
