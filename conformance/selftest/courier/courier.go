package courier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// Courier takes codes from Kratos and brings them to phones.
type Courier struct {
	o       Options
	client  *http.Client
	out     io.Writer
	exit    func(int)
	limits  *limits
	breaker breaker

	// running are the deliveries under way, and ctx ends them.
	running sync.WaitGroup
	ctx     context.Context //nolint:containedctx // of the process, not of a call

	// mu guards all that follows.
	mu          sync.Mutex
	journal     *journal
	deliveries  map[string]*delivery
	keys        map[string]string // of messages, to deliveries
	byWAMID     map[string]string
	absentSince map[string]time.Time
	newest      map[string]*delivery // by the number
}

// Main runs the courier until ctx ends, with flags.
func Main(ctx context.Context, args []string, out io.Writer) error {
	o, err := parseOptions(args, out)
	if errors.Is(err, errList) {
		for _, f := range Faults() {
			_, _ = fmt.Fprintln(out, f)
		}
		return nil
	}
	if err != nil {
		return err
	}
	c := newCourier(ctx, o, out)
	if err := c.open(); err != nil {
		return err
	}
	return c.serve(ctx)
}

// newCourier works until ctx ends, once it is open.
func newCourier(ctx context.Context, o Options, out io.Writer) *Courier {
	return &Courier{
		o: o, out: out, exit: os.Exit, ctx: ctx, client: &http.Client{}, limits: newLimits(),
		deliveries: map[string]*delivery{}, keys: map[string]string{}, byWAMID: map[string]string{}, absentSince: map[string]time.Time{},
		newest: map[string]*delivery{},
	}
}

// open reads the journal and goes on with what it left unfinished.
func (c *Courier) open() (err error) {
	if c.journal, err = openJournal(c.o.Journal, c.o.KratosKey, c.replay); err != nil {
		return err
	}
	if c.o.Fault == limitLostOnRestart {
		c.limits.forget()
	}
	for _, d := range slices.Collect(maps.Values(c.deliveries)) {
		if !d.Done && c.o.Fault != losesOnKill {
			c.start(d)
		}
	}
	return nil
}

// replay takes a line of the run before into account. No message waits for one that
// was asked about then.
func (c *Courier) replay(e entry) {
	c.apply(e)
	if e.Kind == "asked" && e.Channel == "sms" {
		c.limits.countSMS(e.At)
	}
	if d := c.deliveries[e.ID]; d != nil && (e.Kind == "asked" || e.Kind == "done") {
		d.told(false)
	}
}

// start carries a delivery out beside everything else.
func (c *Courier) start(d *delivery) { c.running.Go(func() { c.run(c.ctx, d) }) }

// serve listens until ctx ends. What is under way then is in the journal.
func (c *Courier) serve(ctx context.Context) error {
	failed := make(chan error, 2)
	for address, handler := range map[string]http.Handler{c.o.Private: c.private(), c.o.Public: c.public()} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		go func() { failed <- server.Serve(listener) }()
		defer func() { _ = server.Close() }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		c.running.Wait()
		return nil
	}
}

// log writes a line for operators. Codes and numbers do not belong there.
func (c *Courier) log(text string, err error) {
	if err != nil {
		text += ": " + err.Error()
	}
	_, _ = fmt.Fprintln(c.out, time.Now().Format(time.RFC3339), text)
}
