package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func rotationCases() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"what an old secret sealed opens while it is in the list": func(t *testing.T, open Open) {
			former := open(t, secrets(t, "first"))
			old := created(t, former, delivery(t, anna, "980000", start()))
			s := open(t, secrets(t, "second", "first"))
			same(t, old, load(t, s, old.ID))
			// It goes on as if there had been no rotation.
			due := claim(t, s, old.Due, 10)
			require.Len(t, due, 1)
			require.Equal(t, "980000", due[0].Code.Reveal())
			due[0].State = courier.StateDelivered
			save(t, s, due[0])
			require.Equal(t, anna, load(t, s, old.ID).To.E164())
		},

		"nothing that is found or counted depends on secrets.cipher": func(t *testing.T, open Open) {
			former := open(t, secrets(t, "first"))
			d := created(t, former, delivery(t, anna, "981000", start()))
			d.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", ProviderID: wamid, State: courier.AttemptAccepted}}
			save(t, former, d)
			require.NoError(t, former.Deny(t.Context(), phone(t, ben), start()))

			s := open(t, secrets(t, "second", "first"))
			require.Equal(t, []courier.ID{d.ID}, find(t, s, courier.Query{To: phone(t, anna)}))
			require.Equal(t, []courier.ID{d.ID}, find(t, s, courier.Query{Provider: "meta", ProviderID: wamid}))
			require.Equal(t, courier.Repeated, accept(t, s, delivery(t, anna, "981000", start())).Outcome)
			require.Equal(t, courier.ReasonDenied, accept(t, s, delivery(t, ben, "981001", start())).Delivery.Reason)
			created(t, s, delivery(t, anna, "981002", start()))
			created(t, s, delivery(t, anna, "981003", start()))
			require.Equal(t, "number_limit", accept(t, s, delivery(t, anna, "981004", start())).Delivery.Reason)
		},

		// Rows under the old secrets are counted until they are purged.
		"a rotation is over once nothing is left under old keys": func(t *testing.T, open Open) {
			with := func(words ...string) store.Store { return open(t, secrets(t, words...)) }
			old := created(t, with("first"), delivery(t, anna, "982000", start()))
			require.Zero(t, oldKeys(t, with("first")), "there is no old secret")
			require.Zero(t, oldKeys(t, with("first", "second")), "one that was never used")

			s := with("second", "third", "first")
			created(t, s, delivery(t, anna, "982001", start().Add(keep)))
			require.Equal(t, 1, oldKeys(t, s))
			require.Equal(t, 2, oldKeys(t, with("third", "second", "first")), "under two old secrets")
			require.Equal(t, 1, oldKeys(t, with("second", "third")), "also under one that is configured no more")
			over(t, s, load(t, s, old.ID))
			require.Equal(t, 1, oldKeys(t, s), "the number is sealed as long as it is kept")
			purge(t, s, start().Add(keep+time.Minute), 100)
			require.Zero(t, oldKeys(t, s))
		},

		"secrets are changed while the store is open": func(t *testing.T, open Open) {
			s := open(t, secrets(t, "first"))
			old := created(t, s, delivery(t, anna, "984000", start()))
			require.Error(t, s.Rotate(nil))
			require.ErrorContains(t, s.Rotate([]string{"short"}), "secrets.cipher.0")
			same(t, old, load(t, s, old.ID))

			require.NoError(t, s.Rotate(cipher("second", "first")))
			require.Equal(t, 1, oldKeys(t, s))
			same(t, old, load(t, s, old.ID))
			young := created(t, s, delivery(t, anna, "984001", start()))
			require.NoError(t, s.Rotate(cipher("second")))
			same(t, young, load(t, s, young.ID))
			_, err := s.Load(t.Context(), old.ID)
			require.ErrorIs(t, err, courier.ErrUnreadable)
			same(t, young, load(t, open(t, secrets(t, "second")), young.ID))
		},

		"a record without a number is under no key": func(t *testing.T, open Open) {
			d := delivery(t, anna, "983000", start())
			d.To, d.State, d.Reason = courier.Phone{}, courier.StateSuppressed, "not_a_phone"
			require.Equal(t, courier.Suppressed, accept(t, open(t, secrets(t, "first")), d).Outcome)
			require.Zero(t, oldKeys(t, open(t, secrets(t, "second"))))
		},
	}
}

func oldKeys(t *testing.T, s store.Store) int {
	t.Helper()
	all, behind := 0, courier.ID{}
	for {
		n, last, err := s.OldKeys(t.Context(), behind, 1)
		require.NoError(t, err)
		if all += n; last == (courier.ID{}) {
			return all
		}
		require.Positive(t, slices.Compare(last[:], behind[:]), "it comes to an end")
		behind = last
	}
}
