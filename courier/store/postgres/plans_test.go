package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// A connection keeps the plans that it made while nothing was stored.
func TestPlansOfAnEmptyDatabaseFitACrowd(t *testing.T) {
	t.Parallel()
	const (
		name    = "plans"
		first   = 20 // by then every statement has the plan that it keeps
		crowd   = 500
		perLife = 60 // rows and entries of indexes: a life has some twenty statements
	)
	dsn := temporary(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	// As autovacuum does it.
	_, err = conn.Exec(t.Context(), "ANALYZE deliveries, attempts, seen, ledger, denied, tokens")
	require.NoError(t, err)

	s, err := Open(t.Context(), dsn+"&max_conns=2&application_name="+name, secrets(t))
	require.NoError(t, err)
	for i := range first + crowd {
		live(t, s, i)
	}
	require.NoError(t, s.Close())

	count := func(text string, args ...any) (n int) {
		require.NoError(t, conn.QueryRow(t.Context(), text, args...).Scan(&n))
		return n
	}
	require.Eventually(t, func() bool {
		return count("SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", name) == 0 &&
			count("SELECT n_tup_ins FROM pg_stat_user_tables WHERE schemaname = current_schema() AND relname = 'deliveries'") == first+crowd
	}, 30*time.Second, 50*time.Millisecond)
	rows, err := conn.Query(t.Context(), `
SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE schemaname = current_schema()
UNION ALL
SELECT indexrelname, idx_tup_read FROM pg_stat_user_indexes WHERE schemaname = current_schema()`)
	require.NoError(t, err)
	read := make(map[string]int)
	require.NoError(t, scanAll(rows, func(rows pgx.Rows) error {
		var part string
		var n int
		err := rows.Scan(&part, &n)
		read[part] = n
		return err
	}))
	for part, n := range read {
		assert.LessOrEqual(t, n, (first+crowd)*perLife, "%s was read %d times in %d lives", part, n, first+crowd)
	}
}

// live accepts a message and takes it as far as the provider's word that it was sent,
// with what is asked about it meanwhile.
func live(t *testing.T, s *Store, i int) {
	t.Helper()
	ctx := t.Context()
	d := message(t, "123456")
	to, err := courier.ParsePhone(fmt.Sprintf("+1202555%04d", i))
	require.NoError(t, err)
	d.To, d.Identity = to, uuid.NewString()
	got, err := s.Accept(ctx, d, rules(d))
	require.NoError(t, err)
	require.Equal(t, courier.Created, got.Outcome)
	d = got.Delivery
	a := courier.Attempt{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptSending, StartedAt: d.AcceptedAt}
	d.State, d.Attempts = courier.StateSending, []courier.Attempt{a}
	d, err = s.Save(ctx, d, nil)
	require.NoError(t, err)
	wamid := "wamid." + uuid.NewString()
	d.State, d.Attempts[0].State, d.Attempts[0].ProviderID = courier.StateSent, courier.AttemptAccepted, wamid
	d, err = s.Save(ctx, d, nil)
	require.NoError(t, err)

	for _, q := range []courier.Query{
		{Provider: a.Provider, ProviderID: wamid},
		{To: to, Live: true, Before: d.AcceptedAt.Add(time.Second)},
		{Identity: d.Identity, Since: d.AcceptedAt.Add(-time.Minute)},
	} {
		found, err := s.Find(ctx, q)
		require.NoError(t, err)
		require.Equal(t, []courier.ID{d.ID}, found)
	}
	_, err = s.Load(ctx, d.ID)
	require.NoError(t, err)
	_, err = s.Claim(ctx, time.Now(), time.Minute, 10)
	require.NoError(t, err)
}
