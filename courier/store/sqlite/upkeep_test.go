package sqlite

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func TestAPurgeLeavesNoRows(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	d := message(t, canaryPhone, "100000")
	d = accept(t, s, d, courier.Quota{Name: "number", Subject: canaryPhone, Max: 1, Window: time.Hour, Now: d.AcceptedAt})
	d.State, d.Attempts = courier.StateDelivered, []courier.Attempt{{N: 1, Channel: courier.SMS, Provider: "twilio", State: courier.AttemptDelivered}}
	_, err := s.Save(t.Context(), d, nil)
	require.NoError(t, err)
	count := func() (n int) {
		for _, table := range []string{"deliveries", "attempts", "seen", "ledger"} {
			var rows int
			require.NoError(t, s.db.readers.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&rows))
			n += rows
		}
		return n
	}
	require.Equal(t, 4, count())
	_, err = s.Purge(t.Context(), d.AcceptedAt.Add(2*time.Hour), time.Hour, 9)
	require.NoError(t, err)
	require.Zero(t, count())
}

// A code that comes in meanwhile waits for one transaction at most, so each removes little.
func TestAPurgeIsManyTransactions(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	var last courier.Delivery
	for i := range 2*removedAtOnce + 5 {
		last = accept(t, s, message(t, canaryPhone, strconv.Itoa(100_000+i)))
		last.State = courier.StateCancelled
		_, err := s.Save(t.Context(), last, nil)
		require.NoError(t, err)
	}
	var commits atomic.Int32
	s.WatchCommits(func(store.Commit) { commits.Add(1) })
	purge := func(n int) (removed, transactions int) {
		commits.Store(0)
		removed, err := s.Purge(t.Context(), last.AcceptedAt.Add(2*time.Hour), time.Hour, n)
		require.NoError(t, err)
		return removed, int(commits.Load())
	}
	removed, transactions := purge(removedAtOnce + 5)
	require.Equal(t, removedAtOnce+5, removed, "no more than was asked for")
	require.Equal(t, 1+2, transactions, "the tallies, and the deliveries")
	removed, transactions = purge(1000)
	require.Equal(t, removedAtOnce+2*removedAtOnce+5, removed, "the other deliveries, and what Kratos' repeats are known by")
	require.Equal(t, 1+2+1, transactions)
}

func TestErasingNumbersIsManyTransactions(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	for i := range 60 {
		d := accept(t, s, message(t, canaryPhone, strconv.Itoa(100_000+i)))
		d.State = courier.StateCancelled
		_, err := s.Save(t.Context(), d, nil)
		require.NoError(t, err)
	}
	var commits atomic.Int32
	s.WatchCommits(func(store.Commit) { commits.Add(1) })
	erased, _, err := s.EraseNumbers(t.Context(), time.Now().Add(2*time.Hour), time.Hour, courier.ID{}, 100)
	require.NoError(t, err)
	require.Equal(t, 60, erased)
	require.EqualValues(t, 2, commits.Load())
}

// Searching for times in the future takes longer as the ledger grows, so it must not block
// writers.
func TestRedateWritesOnlyWhatItMends(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	d := message(t, canaryPhone, "100000")
	accept(t, s, d, courier.Quota{Name: "number", Subject: canaryPhone, Max: 1, Window: time.Hour, Now: d.AcceptedAt})
	var commits atomic.Int32
	s.WatchCommits(func(store.Commit) { commits.Add(1) })
	n, err := s.Redate(t.Context(), d.AcceptedAt, time.Minute)
	require.NoError(t, err)
	require.Zero(t, n)
	require.Zero(t, commits.Load())
	n, err = s.Redate(t.Context(), d.AcceptedAt.Add(-time.Hour), time.Minute)
	require.NoError(t, err)
	require.Positive(t, n)
	require.EqualValues(t, 1, commits.Load())
}

// TestQueriesUseTheirIndex asks SQLite's planner about every statement that the
// store has prepared after each of its calls was made once.
func TestQueriesUseTheirIndex(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	quota := courier.Quota{Name: "number", Subject: canaryPhone, Max: 1, Window: time.Hour, Now: time.Now()}
	d := accept(t, s, message(t, canaryPhone, "100000"), quota)
	accept(t, s, message(t, canaryPhone, "100001"), quota)
	accept(t, s, message(t, canaryPhone, "100002"), quota)
	d.Attempts = []courier.Attempt{{N: 1, Channel: courier.SMS, Provider: "twilio", ProviderID: wamid}}
	_, err := s.Save(t.Context(), d, nil)
	require.NoError(t, err)
	_, err = s.Claim(t.Context(), time.Now(), time.Minute, 1)
	require.NoError(t, err)
	for _, live := range []bool{false, true} {
		for _, q := range []courier.Query{
			{To: d.To}, {Identity: d.Identity}, {To: d.To, Identity: d.Identity}, {Provider: "meta", ProviderID: wamid},
		} {
			q.Live, q.Before = live, time.Now()
			_, err := s.Find(t.Context(), q)
			require.NoError(t, err)
		}
	}
	everything := courier.Page{
		Purpose: courier.Login, Country: "US", Channel: courier.SMS, Code: "30006", From: time.Now(), Until: time.Now(), Before: d.ID,
	}
	for _, states := range [][]courier.State{nil, {courier.StateFailed}, {courier.StateSending}, {courier.StateRead, courier.StateSent}} {
		for _, page := range []courier.Page{{}, {To: d.To}, everything} {
			page.States, page.Limit = states, 5
			_, err := s.List(t.Context(), page)
			require.NoError(t, err)
		}
	}
	_, err = s.Purge(t.Context(), time.Now(), time.Hour, 100)
	require.NoError(t, err)

	_, _, err = s.Latest(t.Context(), quota, 500)
	require.NoError(t, err)

	checked := 0
	for _, texts := range []*statements{s.db.read, s.db.writer.stmt} {
		for text := range texts.byText {
			verb, _, _ := strings.Cut(strings.TrimSpace(text), " ")
			if strings.Contains(text, "schema_version") || !slices.Contains([]string{"SELECT", "UPDATE", "DELETE"}, verb) {
				continue
			}
			for _, step := range plan(t, s, text) {
				require.False(t, expensive(text, step), "%s\n%s", step, text)
			}
			checked++
		}
	}
	require.Greater(t, checked, 15)
}

// expensive reports whether a step of a plan grows with the table.
func expensive(text, step string) bool {
	switch {
	case strings.HasPrefix(step, "SCAN probe"): // an empty table
		return false
	case strings.Contains(text, "ORDER BY id LIMIT"): // Purge: the oldest few
		return false
	case strings.HasPrefix(step, "SCAN (subquery"), strings.HasPrefix(step, "SCAN part"): // what its LIMIT lets through
		return false
	case strings.Contains(step, "LAST TERM"): // the attempts of one delivery
		return false
	case strings.Contains(text, "WHERE until <= ?"): // Purge: rows of minutes, and no lock is held
		return false
	case strings.Contains(step, "deliveries_live"), strings.Contains(text, "INDEXED BY deliveries_live"): // live rows are few
		return false
	}
	return strings.Contains(step, "SCAN") || strings.Contains(step, "TEMP B-TREE")
}

func plan(t *testing.T, s *Store, text string) []string {
	t.Helper()
	args := make([]any, strings.Count(text, "?"))
	rows, err := s.db.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	require.NoError(t, err)
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		steps = append(steps, detail)
	}
	require.NoError(t, rows.Err())
	t.Log(strings.Join(strings.Fields(text), " "), "\n   ", strings.Join(steps, "\n    "))
	return steps
}
