package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// absence is the memory of a number for a day.
func absence(d courier.Delivery, now time.Time) courier.Quota {
	return courier.Quota{Name: "not_there", Subject: d.To.E164(), Max: math.MaxInt32, Window: 24 * time.Hour, Now: now}
}

func memoryCases() map[string]func(*testing.T, store.Store) {
	known := func(t *testing.T, s store.Store, to, code string, at time.Time) courier.Acceptance {
		t.Helper()
		d := delivery(t, to, code, at)
		r := rules(d)
		r.Memories = []courier.Quota{absence(d, at)}
		receipt, err := s.Accept(t.Context(), d, r)
		require.NoError(t, err)
		require.Equal(t, receipt.Delivery.NoWhatsApp, load(t, s, receipt.Delivery.ID).NoWhatsApp)
		require.Empty(t, receipt.Delivery.NoSMS)
		return receipt
	}
	return map[string]func(*testing.T, store.Store){
		"what was learned of a number leaves WhatsApp out of the next delivery, for as long as it counts": func(t *testing.T, s store.Store) {
			first := known(t, s, anna, "800000", start())
			require.Empty(t, first.Delivery.NoWhatsApp)
			_, err := s.Save(t.Context(), first.Delivery, nil, absence(first.Delivery, start()))
			require.NoError(t, err)
			require.Equal(t, "not_there", known(t, s, anna, "800001", start().Add(23*time.Hour)).Delivery.NoWhatsApp)
			require.Empty(t, known(t, s, ben, "800002", start().Add(time.Hour)).Delivery.NoWhatsApp)
			require.Empty(t, known(t, s, anna, "800003", start().Add(24*time.Hour)).Delivery.NoWhatsApp)
		},
		"a blocked number is suppressed for as long as that counts, whatever else was learned, and spends no quota": func(t *testing.T, s store.Store) {
			block := func(d courier.Delivery, at time.Time) courier.Quota {
				return courier.Quota{Name: courier.ReasonBlocked, Subject: d.To.E164(), Max: math.MaxInt32, Window: time.Hour, Now: at}
			}
			taken := func(to, code string, at time.Time) courier.Acceptance {
				d := delivery(t, to, code, at)
				r := rules(d)
				r.Memories = []courier.Quota{block(d, at), absence(d, at)}
				receipt, err := s.Accept(t.Context(), d, r)
				require.NoError(t, err)
				return receipt
			}
			first := taken(anna, "810100", start())
			require.Equal(t, courier.Created, first.Outcome)
			_, err := s.Save(t.Context(), first.Delivery, nil, block(first.Delivery, start()), absence(first.Delivery, start()))
			require.NoError(t, err)
			blocked := taken(anna, "810101", start().Add(59*time.Minute))
			require.Equal(t, courier.Suppressed, blocked.Outcome)
			require.Equal(t, []string{courier.ReasonBlocked, ""}, []string{blocked.Delivery.Reason, blocked.Delivery.NoWhatsApp})
			require.Equal(t, courier.Created, taken(ben, "810102", start().Add(59*time.Minute)).Outcome)
			again := taken(anna, "810103", start().Add(time.Hour))
			require.Equal(t, courier.Created, again.Outcome)
			require.Equal(t, "not_there", again.Delivery.NoWhatsApp)
		},
	}
}
