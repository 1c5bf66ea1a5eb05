package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func findCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"by identity, by number and by both": func(t *testing.T, s store.Store) {
			one := with(t, s, anna, "identity-1", start())
			two := with(t, s, ben, "identity-1", start().Add(time.Second))
			three := with(t, s, anna, "identity-2", start().Add(2*time.Second))
			four := with(t, s, anna, "", start().Add(3*time.Second))

			require.Equal(t, []courier.ID{two, one}, find(t, s, courier.Query{Identity: "identity-1"}))
			require.Equal(t, []courier.ID{four, three, one}, find(t, s, courier.Query{To: phone(t, anna)}))
			require.Equal(t, []courier.ID{one}, find(t, s, courier.Query{Identity: "identity-1", To: phone(t, anna)}))
			require.Empty(t, find(t, s, courier.Query{Identity: "identity-3"}))
			require.Empty(t, find(t, s, courier.Query{To: phone(t, "+5511999888777")}))
		},

		"by a provider's message id": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "950000", start()))
			d.Attempts = []courier.Attempt{
				{N: 1, Channel: courier.WhatsApp, Provider: "meta", ProviderID: wamid, State: courier.AttemptFailed},
				{N: 2, Channel: courier.SMS, Provider: "twilio", ProviderID: "SM00112233445566778899aabbccddeeff", State: courier.AttemptAccepted},
			}
			save(t, s, d)
			require.Equal(t, []courier.ID{d.ID}, find(t, s, courier.Query{Provider: "meta", ProviderID: wamid}))
			require.Equal(t, []courier.ID{d.ID}, find(t, s, courier.Query{Provider: "twilio", ProviderID: "SM00112233445566778899aabbccddeeff"}))
			require.Empty(t, find(t, s, courier.Query{Provider: "twilio", ProviderID: wamid}))
			require.Empty(t, find(t, s, courier.Query{Provider: "meta", ProviderID: wamid[len(wamid)-6:]}))
			require.Empty(t, find(t, s, courier.Query{Provider: "meta", ProviderID: "…" + wamid[len(wamid)-6:]}))
		},

		"the newest first of those to which a provider gave the same id": func(t *testing.T, s store.Store) {
			var all []courier.ID
			for i := range 3 {
				d := created(t, s, delivery(t, anna, fmt.Sprint("95000", i), start().Add(time.Duration(i)*time.Second)))
				d.Attempts = []courier.Attempt{
					{N: 1, Channel: courier.SMS, Provider: "careless", ProviderID: "ok", State: courier.AttemptFailed},
					{N: 2, Channel: courier.SMS, Provider: "careless", ProviderID: "ok", State: courier.AttemptAccepted},
				}
				save(t, s, d)
				all = append([]courier.ID{d.ID}, all...)
			}
			same := courier.Query{Provider: "careless", ProviderID: "ok"}
			require.Equal(t, all, find(t, s, same), "each once")
			same.Limit = 1
			require.Equal(t, all[:1], find(t, s, same))
			same.Before = start().Add(2 * time.Second)
			require.Equal(t, all[1:2], find(t, s, same))
			ended := load(t, s, all[1])
			ended.State = courier.StateDelivered
			save(t, s, ended)
			same.Live = true
			require.Equal(t, all[2:], find(t, s, same))
			same.To = phone(t, ben)
			require.Empty(t, find(t, s, same))
		},

		"only live ones": func(t *testing.T, s store.Store) {
			live := with(t, s, anna, "identity-1", start())
			ended := load(t, s, with(t, s, anna, "identity-1", start().Add(time.Second)))
			ended.State = courier.StateExpired
			save(t, s, ended)
			require.Equal(t, []courier.ID{live}, find(t, s, courier.Query{Identity: "identity-1", Live: true}))
			require.Equal(t, []courier.ID{ended.ID, live}, find(t, s, courier.Query{Identity: "identity-1"}))
		},

		"only those since an instant, which counts": func(t *testing.T, s store.Store) {
			with(t, s, anna, "", start())
			second := with(t, s, anna, "", start().Add(time.Second))
			third := with(t, s, anna, "", start().Add(2*time.Second))
			q := courier.Query{To: phone(t, anna), Since: start().Add(time.Second)}
			require.Equal(t, []courier.ID{third, second}, find(t, s, q))
			q.Before = start().Add(2 * time.Second)
			require.Equal(t, []courier.ID{second}, find(t, s, q))
		},

		"only older ones": func(t *testing.T, s store.Store) {
			older := with(t, s, anna, "", start())
			with(t, s, anna, "", start().Add(time.Second))
			require.Equal(t, []courier.ID{older}, find(t, s, courier.Query{To: phone(t, anna), Before: start().Add(time.Second)}))
			require.Empty(t, find(t, s, courier.Query{To: phone(t, anna), Before: start()}))
		},

		"the newest within the limit": func(t *testing.T, s store.Store) {
			var all []courier.ID
			for i := range 103 {
				all = append([]courier.ID{with(t, s, anna, "", start().Add(time.Duration(i)*time.Second))}, all...)
			}
			require.Equal(t, all[:2], find(t, s, courier.Query{To: phone(t, anna), Limit: 2}))
			require.Equal(t, all[:100], find(t, s, courier.Query{To: phone(t, anna)}))
		},

		"nothing without a subject": func(t *testing.T, s store.Store) {
			_, err := s.Find(t.Context(), courier.Query{Live: true, Limit: 3})
			require.Error(t, err)
		},
	}
}

func find(t *testing.T, s store.Store, q courier.Query) []courier.ID {
	t.Helper()
	ids, err := s.Find(t.Context(), q)
	require.NoError(t, err)
	return ids
}

// with stores a delivery of one identity and number.
func with(t *testing.T, s store.Store, to, identity string, at time.Time) courier.ID {
	t.Helper()
	d := delivery(t, to, fmt.Sprint(at.UnixNano()), at)
	d.Identity = identity
	d, err := accepted(t, s, d)
	require.NoError(t, err)
	return d.ID
}
