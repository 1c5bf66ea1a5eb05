package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/postgres"
)

// onPostgres is a configuration with a PostgreSQL of the test's own.
func onPostgres(t *testing.T) (*Config, *postgrestest.Server) {
	t.Helper()
	server, err := postgrestest.Start(t.Context(), "-c", "fsync=off")
	postgrestest.Require(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	_, err = postgres.Migrate(t.Context(), server.DSN())
	require.NoError(t, err)
	c := config(t)
	c.DSN = server.DSN()
	return c, server
}

// others is a database in which other replicas live.
type others struct {
	store.Store

	live   []courier.Replica
	broken error
	led    []string
}

func (o *others) Now() time.Time { return time.Date(2026, time.November, 21, 9, 30, 0, 0, time.UTC) }

func (o *others) Beat(_ context.Context, r courier.Replica, _ time.Duration) ([]courier.Replica, error) {
	return append([]courier.Replica{r}, o.live...), o.broken
}

func (o *others) Lead(_ context.Context, _ courier.ID, task string, _ time.Duration) (bool, error) {
	o.led = append(o.led, task)
	return false, o.broken
}

func (o *others) Leave(context.Context, courier.ID) error { return nil }

func (o *others) Resign(context.Context, courier.ID, string) error { return nil }

func TestAReplicaGoesByTheOthersThatLive(t *testing.T) {
	t.Parallel()
	var (
		shares []int
		heard  []time.Time
	)
	o := &others{}
	reported := o.Now().Add(-time.Minute)
	r := newReplicas(o, courier.ServesAll, "v1", o.Now)
	r.share = func(n int) { shares = append(shares, n) }
	r.heard = func(at time.Time) { heard = append(heard, at) }
	r.lastReport = func() time.Time { return time.Time{} }
	beat := func(live ...courier.Serves) {
		o.live = nil
		for _, serves := range live {
			o.live = append(o.live, courier.Replica{ID: uuid.New(), Serves: serves, LastReport: reported})
		}
		require.Equal(t, o.broken, r.beat(t.Context()))
	}
	beat()
	beat(courier.ServesAll, courier.ServesCourier, courier.ServesWebhook)
	require.Len(t, r.all(), 4)
	beat(courier.ServesWebhook)
	beat(courier.ServesWebhook)
	require.Equal(t, []int{1, 3, 3, 1}, shares, "that the others are gone is believed the second time")
	require.Contains(t, heard, reported)

	o.broken = errors.New("no database")
	beat(courier.ServesAll)
	require.Len(t, shares, 4, "nothing new is known")
	require.Len(t, r.all(), 2)
}

func TestOneProcessIsAlone(t *testing.T) {
	t.Parallel()
	a := start(t, config(t))
	require.NoError(t, a.replicas.beat(t.Context()))
	leads, err := a.replicas.leads(t.Context(), upkeepTask, upkeepLease)
	require.NoError(t, err)
	require.True(t, leads)
	require.Equal(t, []replica{{Serves: "all", Version: "v0.0.1-test", Answers: true}}, live(t, a))
}

// replica is what /admin/status says of one.
type replica struct {
	Serves, Version string
	Answers         bool
}

func live(t *testing.T, r *running) []replica {
	t.Helper()
	answer, text := ask(t, http.MethodGet, "http://"+r.Addresses().Private+"/admin/status", nil, "Authorization", "Bearer "+adminKey)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	var status struct{ Replicas []replica }
	require.NoError(t, json.Unmarshal([]byte(text), &status))
	return status.Replicas
}

func TestReplicasAreShownWhileTheyLive(t *testing.T) {
	t.Parallel()
	c, _ := onPostgres(t)
	first, second := start(t, c), start(t, c)
	shows(t, first, replica{"all", "v0.0.1-test", true}, replica{"all", "v0.0.1-test", false})
	require.NoError(t, second.stop())
	shows(t, first, replica{"all", "v0.0.1-test", true})
}

// shows waits until a replica knows these, in any order, and no others.
func shows(t *testing.T, r *running, want ...replica) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		r.beat(t.Context())
		assert.ElementsMatch(c, want, live(t, r))
	}, 30*time.Second, 10*time.Millisecond)
}

func TestOneReplicaDoesTheUpkeep(t *testing.T) {
	t.Parallel()
	c, _ := onPostgres(t)
	first := start(t, c)
	require.Eventually(t, func() bool { return first.leadsUpkeep(t.Context()) }, 30*time.Second, 10*time.Millisecond)
	second := start(t, c)
	require.False(t, second.leadsUpkeep(t.Context()))
	require.NoError(t, first.stop())
	require.True(t, second.leadsUpkeep(t.Context()), "who stops leaves it to the others")

	o := &others{Store: second.store, broken: errors.New("no database")}
	log := &output{}
	a := &App{store: o, config: c, log: newLogger(c, Options{Log: log}), now: o.Now, replicas: newReplicas(o, courier.ServesAll, "", o.Now)}
	a.upkeep(t.Context())
	require.Equal(t, []string{upkeepTask}, o.led, "asked once, and not done")
	require.Contains(t, log.String(), "which replica does this for all")
}

// TestOldKeysAreCountedWhileAnotherReplicaSealsUnderThem rolls two replicas.
func TestOldKeysAreCountedWhileAnotherReplicaSealsUnderThem(t *testing.T) {
	t.Parallel()
	o := &others{}
	r := newReplicas(o, courier.ServesAll, "v1", o.Now)
	require.True(t, r.sealAlike())
	r.live = []courier.Replica{{SealsBy: "01020304"}, {SealsBy: "05060708"}}
	require.False(t, r.sealAlike())
	r.live[1].SealsBy = "01020304"
	require.True(t, r.sealAlike())
}
