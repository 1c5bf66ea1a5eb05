package app

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// TestACourierMovesToPostgreSQLMidWay stops one between WhatsApp and SMS, copies its
// database and goes on with the copy.
func TestACourierMovesToPostgreSQLMidWay(t *testing.T) {
	t.Parallel()
	c, server := onPostgres(t)
	file := "sqlite://" + filepath.Join(t.TempDir(), "courier.db")
	var people phones
	c.DSN, c.WhatsApp.BaseURL = file, people.meta(t)
	c.Fallback.Mode, c.Fallback.After, c.Fallback.Overall = courier.WhatsAppOrSMS, 20*time.Second, 30*time.Second
	c.SMS.Provider = "console"

	before := start(t, c)
	const to = "+12025550143"
	var ids []string
	for i := range 3 {
		status, id, err := post(t.Context(), before, to, fmt.Sprint(100000+i))
		require.NoError(t, err)
		require.Equal(t, http.StatusNoContent, status)
		ids = append(ids, id)
	}
	require.NoError(t, before.store.Deny(t.Context(), courier.KnownPhone("+12025550144"), time.Now()))
	for _, id := range ids {
		await(t, before, id, courier.StateSent)
	}
	first, err := before.store.Load(t.Context(), uuid.MustParse(ids[0]))
	require.NoError(t, err)
	first.State = courier.StateCancelled
	_, err = before.store.Save(t.Context(), first, nil)
	require.NoError(t, err)
	copying := []string{"migrate", "copy", "--from", file, "--to", server.DSN()}
	require.Contains(t, fails(t, copying...), "is in use: stop the courier first")
	require.NoError(t, before.stop())
	owed := owing(t, c)

	// A full hour may lie between the messages, and then the reports have more rows.
	require.Regexp(t, `^  4 deliveries that something may still happen to
  3 attempts of these
  3 messages by which repeats are known
  0 tokens of login pages
  4 events of limits, budgets and memories
  1 denied numbers
  [0-9]+ hours and days of reports, by country, purpose and channel
  [0-9]+ reasons in these
$`, run(t, copying...))
	require.Contains(t, fails(t, copying...), "the database is not empty")

	c.DSN = server.DSN()
	after := start(t, c)
	for i := range ids {
		status, id, err := post(t.Context(), after, to, fmt.Sprint(100000+i))
		require.NoError(t, err)
		require.Equal(t, http.StatusNoContent, status)
		require.Equal(t, ids[i], id, "a repeat is known, of one that has ended too")
	}
	state := func(to, code string) courier.Delivery {
		_, id, err := post(t.Context(), after, to, code)
		require.NoError(t, err)
		d, err := after.store.Peek(t.Context(), uuid.MustParse(id))
		require.NoError(t, err)
		return d
	}
	require.Equal(t, "number_limit", state(to, "100003").Reason, "the limit is spent")
	require.Equal(t, courier.ReasonDenied, state("+12025550144", "100004").Reason)

	newest := uuid.MustParse(ids[2])
	require.Eventually(t, func() bool {
		d, err := after.store.Load(t.Context(), newest)
		require.NoError(t, err)
		return d.State == courier.StateHandedOver
	}, time.Minute, 20*time.Millisecond, "it falls back")
	d, err := after.store.Peek(t.Context(), newest)
	require.NoError(t, err)
	require.Equal(t, []courier.Channel{courier.WhatsApp, courier.SMS}, []courier.Channel{d.Attempts[0].Channel, d.Attempts[1].Channel})
	require.NotEmpty(t, d.Attempts[0].ProviderID)
	require.Equal(t, 3, people.all(), "nothing goes by WhatsApp again")
	require.Contains(t, after.log.String(), owed.String(), "whose sessions are to be ended")
	require.Contains(t, after.log.String(), errNoKratos.Error())
}

// owing adds an old delivery to a store, the person of which is to lose all sessions.
func owing(t *testing.T, c *Config) courier.ID {
	t.Helper()
	s, err := openStore(t.Context(), c, false)
	require.NoError(t, err)
	old := time.Now().Add(-time.Hour)
	d := courier.Delivery{
		ID: uuid.Must(uuid.NewV7()), Purpose: courier.Login, To: courier.KnownPhone("+12025550145"), Identity: "an-identity",
		State: courier.StateAccepted, AcceptedAt: old, ExpiresAt: old.Add(time.Minute),
	}
	got, err := s.Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
	require.NoError(t, err)
	d = got.Delivery
	d.State, d.Alert = courier.StateCancelled, courier.AlertNotRequested
	_, err = s.Save(t.Context(), d, nil, courier.RevocationsOwed(time.Now()))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return d.ID
}

func TestWhatCannotBeCopied(t *testing.T) {
	t.Parallel()
	missing := "sqlite://" + filepath.Join(t.TempDir(), "none.db")
	require.Contains(t, fails(t, "migrate", "copy", "--from", "memory", "--to", "postgres://db/courier"), "--from: must be the dsn of an SQLite file")
	require.Contains(t, fails(t, "migrate", "copy", "--from", missing, "-c", withDSN(t, "sqlite:///tmp/unused.db")), "without --to the dsn of the configuration is taken")
	_, server := onPostgres(t)
	require.Contains(t, fails(t, "migrate", "copy", "--from", missing, "--to", server.DSN()), "there is no database to copy")
	require.NoFileExists(t, missing[len("sqlite://"):])
}

// fails runs a command that must fail, and returns what it says.
func fails(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.Equal(t, 1, Main(t.Context(), "", args, &stdout, &stderr), stdout.String())
	return stderr.String()
}
