package postgres

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// TestPgBouncerMayGiveEachTransactionAnotherConnection works on two replicas at once,
// which share two connections to the server.
func TestPgBouncerMayGiveEachTransactionAnotherConnection(t *testing.T) {
	t.Parallel()
	server, err := postgrestest.Start(t.Context(), "-c", "fsync=off")
	postgrestest.Require(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	bouncer, err := postgrestest.StartBouncer(t.Context(), server)
	postgrestest.Require(t, err)
	t.Cleanup(func() { require.NoError(t, bouncer.Stop()) })
	dsn := bouncer.DSN(server)
	_, err = Migrate(t.Context(), dsn)
	require.NoError(t, err)
	replicas := []*Store{openWith(t, dsn, secrets(t)), openWith(t, dsn, secrets(t))}
	require.False(t, keepsNames(t, replicas[0]), "the next transaction may be on another connection")
	require.Equal(t, "on", setting(t, replicas[0], "enable_seqscan"), "the connection serves others too")
	var inTransaction string
	require.NoError(t, replicas[0].db.Write(t.Context(), store.Op{Do: func(tx store.Tx) error {
		_, err := tx.(*statements).one("SHOW enable_seqscan", nil, &inTransaction)
		return err
	}}))
	require.Equal(t, "off", inTransaction, "a transaction has its own")
	straight := openWith(t, server.DSN(), secrets(t))
	require.True(t, keepsNames(t, straight), "no pooler, no need to parse again")
	require.Equal(t, "off", setting(t, straight, "enable_seqscan"))
	require.Equal(t, "off", setting(t, straight, "jit"), "no table without an index is worth compiling for")

	var callers sync.WaitGroup
	for i := range 8 {
		s := replicas[i%2]
		callers.Go(func() {
			for range 20 {
				d := message(t, uuid.NewString())
				got, err := s.Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
				if err != nil {
					t.Error(err)
					return
				}
				d = got.Delivery
				d.State, d.Attempts = courier.StateSending, []courier.Attempt{{N: 1, Channel: courier.SMS, State: courier.AttemptSending}}
				if _, err := s.Save(t.Context(), d, nil); err != nil {
					t.Error(err)
				}
				if _, err := s.Load(t.Context(), d.ID); err != nil {
					t.Error(err)
				}
				if _, err := s.Claim(t.Context(), time.Now(), time.Minute, 5); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	all, err := replicas[0].List(t.Context(), courier.Page{Limit: 1000})
	require.NoError(t, err)
	require.Len(t, all.Deliveries, 160)
	d := message(t, "broken")
	d.AcceptedAt, d.UpdatedAt = time.Time{}, time.Time{} // no row may be without them
	_, err = replicas[0].Accept(t.Context(), d, courier.AcceptRules{})
	require.Error(t, err)
	require.NoError(t, replicas[0].Ready(t.Context()), "a transaction that failed leaves no names behind")
}

func keepsNames(t *testing.T, s *Store) bool {
	t.Helper()
	conn, err := s.db.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	return namesOn(conn.Conn()) != nil
}

func setting(t *testing.T, s *Store, name string) (value string) {
	t.Helper()
	require.NoError(t, s.db.pool.QueryRow(t.Context(), "SHOW "+name).Scan(&value))
	return value
}
