package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func TestPurge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 21, 9, 30, 0, 0, time.UTC)
	s := open(t, temporary(t), WithNow(func() time.Time { return now }))
	at := func(age time.Duration, code string) courier.Delivery {
		d := message(t, canaryPhone, code)
		d.AcceptedAt, d.UpdatedAt, d.ExpiresAt = now.Add(-age), now.Add(-age), now.Add(-age).Add(5*time.Minute)
		return accept(t, s, d, courier.Quota{Name: "number", Subject: code, Max: 1, Window: 10 * time.Minute, Now: d.AcceptedAt})
	}
	end := func(d courier.Delivery) courier.Delivery {
		d.State, d.UpdatedAt = courier.StateDelivered, d.AcceptedAt.Add(time.Minute)
		d.Attempts = []courier.Attempt{{N: 1, Channel: courier.SMS, Provider: "twilio", State: courier.AttemptDelivered}}
		d, err := s.Save(t.Context(), d)
		require.NoError(t, err)
		return d
	}
	const day = 24 * time.Hour
	var old []courier.ID
	for i := range 3 {
		old = append(old, end(at(40*day, fmt.Sprint(100000+i))).ID)
	}
	stuck := at(40*day, "100003") // nothing ended it, and its code is long dead
	recent, live := end(at(day, "100004")), at(time.Minute, "100005")

	total := 0
	for {
		n, err := s.Purge(t.Context(), now.Add(-30*day), 2)
		require.NoError(t, err)
		require.LessOrEqual(t, n, 6)
		if n == 0 {
			break
		}
		total += n
	}
	require.Equal(t, 4+5+5, total) // deliveries, then seen and ledger but for live's
	for _, id := range append(old, stuck.ID) {
		_, err := s.Load(t.Context(), id)
		require.ErrorIs(t, err, courier.ErrNotFound)
	}
	for _, d := range []courier.Delivery{recent, live} {
		got, err := s.Load(t.Context(), d.ID)
		require.NoError(t, err)
		require.Equal(t, d, got)
	}
	for table, rows := range map[string]int{"deliveries": 2, "attempts": 1, "seen": 1, "ledger": 1} {
		var n int
		require.NoError(t, s.readers.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		require.Equal(t, rows, n, table)
	}
	// What still counts is still known.
	repeat := message(t, canaryPhone, "100005")
	repeat.AcceptedAt = now
	require.Equal(t, live.ID, accept(t, s, repeat).ID)
}

func TestAPurgedDeliveryIsNotRepeated(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	d := accept(t, s, message(t, canaryPhone, "100000"))
	change(t, s, "DELETE FROM deliveries WHERE id = ?", d.ID[:])
	for _, want := range []courier.Outcome{courier.Created, courier.Repeated} {
		again := message(t, canaryPhone, "100000")
		receipt, err := s.Accept(t.Context(), again, courier.AcceptRules{RepeatsUntil: again.ExpiresAt})
		require.NoError(t, err)
		require.Equal(t, want, receipt.Outcome)
		require.NotEqual(t, d.ID, receipt.Delivery.ID)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	var all, delivered []courier.ID
	for i := range 7 {
		d := accept(t, s, message(t, canaryPhone, fmt.Sprint(100000+i)))
		all = append([]courier.ID{d.ID}, all...)
		d.Attempts = []courier.Attempt{
			{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptFailed},
			{N: 2, Channel: courier.SMS, Provider: "twilio", State: courier.AttemptDelivered},
		}
		if i%2 == 0 {
			d.State = courier.StateDelivered
			delivered = append([]courier.ID{d.ID}, delivered...)
		}
		_, err := s.Save(t.Context(), d)
		require.NoError(t, err)
	}
	page := func(p courier.Page) []courier.ID {
		deliveries, err := s.List(t.Context(), p)
		require.NoError(t, err)
		var ids []courier.ID
		for _, d := range deliveries {
			require.True(t, d.Code.IsZero(), "no code is decrypted")
			require.Equal(t, canaryPhone, d.To.E164())
			require.Len(t, d.Attempts, 2)
			require.Equal(t, 2, d.Attempts[1].N)
			ids = append(ids, d.ID)
		}
		return ids
	}
	require.Equal(t, all, page(courier.Page{Limit: 100}))
	require.Equal(t, all, page(courier.Page{}))
	require.Equal(t, all[:3], page(courier.Page{Limit: 3}))
	require.Equal(t, all[3:6], page(courier.Page{Limit: 3, Before: all[2]}))
	require.Equal(t, delivered[:2], page(courier.Page{State: courier.StateDelivered, Limit: 2}))
	require.Equal(t, delivered[2:], page(courier.Page{State: courier.StateDelivered, Limit: 9, Before: delivered[1]}))
	require.Len(t, page(courier.Page{State: courier.StateAccepted}), 3)
	require.Empty(t, page(courier.Page{State: courier.StateFailed}))
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
	_, err := s.Save(t.Context(), d)
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
	for _, state := range []courier.State{"", courier.StateFailed, courier.StateSending} {
		_, err := s.List(t.Context(), courier.Page{State: state, Limit: 5})
		require.NoError(t, err)
	}
	_, err = s.Purge(t.Context(), time.Now().Add(-time.Hour), 100)
	require.NoError(t, err)

	_, _, err = s.Latest(t.Context(), quota, 500)
	require.NoError(t, err)

	checked := 0
	for _, texts := range []*statements{s.read, s.writer.stmt} {
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
	case strings.HasPrefix(step, "SCAN (subquery"): // what its LIMIT lets through
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
	rows, err := s.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
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
