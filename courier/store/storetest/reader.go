package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func readerCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"a look at one delivery shows all but its code": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "960000", start()))
			d.State = courier.StateSent
			d.Attempts = twoAttempts()
			d = save(t, s, d)
			shown := peek(t, s, d.ID)
			require.True(t, shown.Code.IsZero())
			require.Equal(t, "960000", load(t, s, d.ID).Code.Reveal())
			d.Code = courier.Code{}
			same(t, d, shown)
			for _, id := range []courier.ID{{}, uuid.New()} {
				_, err := s.Peek(t.Context(), id)
				require.ErrorIs(t, err, courier.ErrNotFound)
			}
		},

		"pages are the newest first, and each begins after the one before": func(t *testing.T, s store.Store) {
			all := listed(t, s, 7, courier.StateSent)
			require.Equal(t, all, list(t, s, courier.Page{Limit: 100}))
			require.Equal(t, all, list(t, s, courier.Page{}))
			require.Equal(t, all[:3], list(t, s, courier.Page{Limit: 3}))
			require.Equal(t, all[3:6], list(t, s, courier.Page{Limit: 3, Before: all[2]}))
			require.Equal(t, all[6:], list(t, s, courier.Page{Limit: 3, Before: all[5]}))
			require.Empty(t, list(t, s, courier.Page{Limit: 3, Before: all[6]}))
		},

		"pages of one state": func(t *testing.T, s store.Store) {
			sent := listed(t, s, 2, courier.StateSent)
			delivered := listed(t, s, 4, courier.StateDelivered)
			sent = append(listed(t, s, 1, courier.StateSent), sent...)
			require.Equal(t, delivered[:2], list(t, s, courier.Page{States: []courier.State{courier.StateDelivered}, Limit: 2}))
			require.Equal(t, delivered[2:], list(t, s, courier.Page{States: []courier.State{courier.StateDelivered}, Limit: 9, Before: delivered[1]}))
			require.Equal(t, sent, list(t, s, courier.Page{States: []courier.State{courier.StateSent}}))
			require.Equal(t, sent[1:], list(t, s, courier.Page{States: []courier.State{courier.StateSent}, Before: sent[0]}))
			require.Empty(t, list(t, s, courier.Page{States: []courier.State{courier.StateFailed}}))
			require.Empty(t, list(t, s, courier.Page{States: []courier.State{courier.StateFallback}}))
		},

		"the backlog is what has not ended, and since when the oldest is due": func(t *testing.T, s store.Store) {
			backlog := func(now time.Time) courier.Backlog {
				b, err := s.Backlog(t.Context(), now)
				require.NoError(t, err)
				return b
			}
			require.Zero(t, backlog(start()))
			due := start().Add(30 * time.Second)
			created(t, s, delivery(t, anna, "961000", start()))
			created(t, s, delivery(t, ben, "961001", start().Add(time.Second)))
			over(t, s, created(t, s, delivery(t, ben, "961002", start().Add(-time.Minute))))
			require.Equal(t, courier.Backlog{Live: 2}, backlog(due.Add(-time.Microsecond)))
			require.Equal(t, courier.Backlog{Live: 2, Due: 1, OldestDue: due}, backlog(due))
			require.Equal(t, courier.Backlog{Live: 2, Due: 2, OldestDue: due}, backlog(due.Add(time.Hour)))
		},

		"a page has a hundred deliveries unless it says otherwise": func(t *testing.T, s store.Store) {
			all := listed(t, s, 103, courier.StateFailed)
			require.Equal(t, all[:100], list(t, s, courier.Page{}))
			require.Equal(t, all[:102], list(t, s, courier.Page{Limit: 102}))
		},
	}
}

func peek(t *testing.T, s store.Store, id courier.ID) courier.Delivery {
	t.Helper()
	d, err := s.Peek(t.Context(), id)
	require.NoError(t, err)
	return d
}

// list returns the ids of a page, whose deliveries must be whole but for the code.
func list(t *testing.T, s store.Store, p courier.Page) []courier.ID {
	t.Helper()
	page, err := s.List(t.Context(), p)
	require.NoError(t, err)
	var ids []courier.ID
	for _, d := range page.Deliveries {
		same(t, peek(t, s, d.ID), d)
		require.True(t, d.Code.IsZero())
		require.Len(t, d.Attempts, 2)
		require.Equal(t, 2, d.Attempts[1].N)
		ids = append(ids, d.ID)
	}
	if len(ids) > 0 && page.Next != (courier.ID{}) {
		require.Equal(t, ids[len(ids)-1], page.Next)
	}
	return ids
}

// listed stores n deliveries and returns their ids, newest first.
func listed(t *testing.T, s store.Store, n int, state courier.State) []courier.ID {
	t.Helper()
	var ids []courier.ID
	for i := range n {
		d, err := accepted(t, s, delivery(t, anna, fmt.Sprint(uuid.NewString(), i), start()))
		require.NoError(t, err)
		d.State, d.Attempts = state, twoAttempts()
		ids = append([]courier.ID{save(t, s, d).ID}, ids...)
	}
	return ids
}

func twoAttempts() []courier.Attempt {
	return []courier.Attempt{
		{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptFailed, StartedAt: start(), FailedAt: start().Add(time.Second)},
		{N: 2, Channel: courier.SMS, Provider: "twilio", State: courier.AttemptAccepted, StartedAt: start().Add(time.Second)},
	}
}
