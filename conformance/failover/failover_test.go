package failover

import (
	"context"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

var (
	span = flag.Duration("failover.span", 35*time.Second, "for how long people ask for codes while parts break; at least 35s")
	rate = flag.Int("failover.rate", 10, "codes a second")
	seed = flag.Uint64("failover.seed", 0, "which replica is killed when (default: chance)")
)

const (
	replicas = 3
	// cutAt is when a replica is cut off from the database, and cutFor for how long.
	cutAt, cutFor = 5 * time.Second, 20 * time.Second
	// databaseAt is when the database is killed, and downFor for how long it is gone.
	databaseAt, downFor = 28 * time.Second, time.Second
	// overall is how long WhatsApp has before the SMS.
	overall = 4 * time.Second
	// sendTimeout is how long a request to a provider may take.
	sendTimeout = 2 * time.Second
	// lease is after how long a delivery whose replica is gone is taken over.
	lease = 3 * time.Second
	// perNumber is how many codes a number gets.
	perNumber = 3
	// settled is within what everyone has a message once nothing breaks any more.
	settled = time.Minute
)

// TestThreeReplicasThatBreakLoseNothing needs bin/whatsapp-courier and bin/mockmeta.
func TestThreeReplicasThatBreakLoseNothing(t *testing.T) {
	require.GreaterOrEqual(t, *span, 35*time.Second, "-failover.span")
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("-failover.seed=%d", *seed)
	port, err := testkit.FreePort()
	require.NoError(t, err)
	server, err := postgrestest.StartOnTCP(t.Context(), port, "-c", "fsync=off")
	postgrestest.Require(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	wire := newWire(t, server.Address())
	system := deploy(t, server, wire)

	working, stop := context.WithCancel(t.Context())
	defer stop()
	fleet := supervise(working, system.Courier.Replicas)
	crowd := newCrowd(t, system.Courier, int(span.Seconds()+1)*(*rate+1))
	broken := make(chan error, 1)
	go func() { broken <- breakDatabase(working, server, wire) }()
	killed := make(chan int, 1)
	asking, asked := context.WithTimeout(working, *span)
	defer asked()
	go func() { killed <- fleet.killAtRandom(asking, rand.New(rand.NewPCG(*seed, 1))) }() // #nosec G404 -- chance that can be repeated.
	crowd.ask(asking, *rate)
	require.NoError(t, <-broken)
	kills := <-killed

	ended := crowd.await(t, system)
	f := judge(crowd.posted, ended.messages, ended.deliveries)
	t.Logf("%d replicas killed, %d starts failed; %s", kills, fleet.failed.Load(), f)
	require.Positive(t, kills)
	require.Empty(t, f.faults())
	// The database is gone for all of them for a second. What a replica held that was killed
	// or cut off, for far longer, is taken over by another once the lease has ended.
	const worst = overall + sendTimeout + lease + downFor
	require.Less(t, f.longest, worst, "from the answer to Kratos to the first message")
	require.LessOrEqual(t, len(crowd.reached(ended.messages, crowd.flooded)), perNumber, "codes that reached the number with a limit")
	require.GreaterOrEqual(t, len(crowd.reached(ended.messages, crowd.flooded)), 1)
	stop()
	fleet.wait()
}

// deploy starts mock and replicas, the last of which reaches the database by the wire.
func deploy(t *testing.T, server *postgrestest.Server, w *wire) *testkit.System {
	t.Helper()
	system, err := testkit.StartSystem(t.Context(), testkit.SystemOptions{
		WithoutKratos: true,
		Mock:          testkit.MockOptions{Args: []string{"--calm", "--throughput=-1", "--pair-every=-1s", "--max-messages=1000000"}},
		Courier: testkit.CourierOptions{
			DSN: server.DSN(), Replicas: replicas,
			Configure: func(c testkit.Config) {
				c.Set("fallback.after", (overall - time.Second).String())
				c.Set("fallback.overall", overall.String())
				c.Set("whatsapp.timeout", sendTimeout.String())
				c.Set("sms.timeout", sendTimeout.String())
				c.Set("sms.repeat_unknown", 0) // So that every repeat is a fault.
				c.Set("sms.max_per_hour", 1_000_000)
				c.Set("sms.max_per_day", 1_000_000)
				c.Set("whatsapp.rate", 1000)
				c.Set("outage.unanswered", 0)
				c.Set("outage.silent", 0)
				c.Set("limits.per_number.max", perNumber)
			},
			ConfigureReplica: func(number int, c testkit.Config) {
				if number == replicas-1 {
					c.Set("dsn", w.through(t, c.Get("dsn").(string)))
				}
			},
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, system.Close(context.WithoutCancel(t.Context()))) })
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(system.Courier.LogTail(30))
		}
	})
	// Slow answers, so that many moments are in the middle of a send.
	_, err = system.Mock.SetChaos(t.Context(), client.Chaos{Seed: *seed, Faults: []client.Fault{
		{Kind: client.LateAnswer, Rate: 0.5, Delay: client.Duration(200 * time.Millisecond)},
		{Kind: client.SentOnly, Rate: 0.1},
	}})
	require.NoError(t, err)
	return system
}

// breakDatabase cuts one replica off, and later kills the database.
func breakDatabase(ctx context.Context, server *postgrestest.Server, w *wire) error {
	for _, step := range []struct {
		wait time.Duration
		do   func() error
	}{
		{cutAt, func() error { return w.cut() }},
		{cutFor, func() error { return w.mend(ctx) }},
		{databaseAt - cutAt - cutFor, server.Kill},
		{downFor, func() error { return server.Run(ctx) }},
	} {
		if err := sleep(ctx, step.wait); err != nil {
			return err
		}
		if err := step.do(); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, span time.Duration) error {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
