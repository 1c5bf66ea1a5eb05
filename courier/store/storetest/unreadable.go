package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// A secret was taken out of the list too early.
func unreadableCases() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"a lost secret is named, and holds up no other delivery": func(t *testing.T, open Open) {
			lost := created(t, open(t, secrets(t, "first")), delivery(t, anna, "990000", start()))
			s := open(t, secrets(t, "second"))
			fine := created(t, s, delivery(t, anna, "990001", start()))

			_, err := s.Load(t.Context(), lost.ID)
			require.ErrorIs(t, err, courier.ErrUnreadable)
			require.ErrorContains(t, err, lost.ID.String())
			require.ErrorContains(t, err, "put that secret back")

			due, err := s.Claim(t.Context(), fine.Due, lease, 10)
			require.ErrorIs(t, err, courier.ErrUnreadable)
			require.ErrorContains(t, err, lost.ID.String())
			require.NotContains(t, err.Error(), fine.ID.String())
			require.Len(t, due, 1)
			require.Equal(t, fine.ID, due[0].ID)
		},

		"operators see it without its number": func(t *testing.T, open Open) {
			former, s := open(t, secrets(t, "first")), open(t, secrets(t, "second"))
			lost := created(t, former, delivery(t, anna, "991000", start()))
			fine := created(t, s, delivery(t, anna, "991001", start()))
			want := lost
			want.To, want.Code = courier.Phone{}, courier.Code{}
			same(t, want, peek(t, s, lost.ID))
			require.Equal(t, anna, peek(t, former, lost.ID).To.E164())

			page, err := s.List(t.Context(), courier.Page{})
			require.NoError(t, err)
			require.Len(t, page.Deliveries, 2)
			require.Equal(t, fine.ID, page.Deliveries[0].ID)
			require.Equal(t, anna, page.Deliveries[0].To.E164())
			same(t, want, page.Deliveries[1])
		},

		"its repeats are known, and what is counted on it is counted": func(t *testing.T, open Open) {
			former, s := open(t, secrets(t, "first")), open(t, secrets(t, "second"))
			spendAll(t, former, anna)
			suppressed := accept(t, former, delivery(t, anna, "992000", start())).Delivery

			repeat := accept(t, s, delivery(t, anna, "spent0", start()))
			require.Equal(t, courier.Repeated, repeat.Outcome)
			require.True(t, repeat.Delivery.To.IsZero())
			require.True(t, repeat.Delivery.Code.IsZero())
			counted := accept(t, s, delivery(t, anna, "992001", start()))
			require.Equal(t, courier.Suppressed, counted.Outcome)
			require.Equal(t, suppressed.ID, counted.Delivery.ID)
			require.Equal(t, 1, counted.Delivery.Repeats)
		},

		"it waits for its secret as long as its code lives": func(t *testing.T, open Open) {
			former, s := open(t, secrets(t, "first")), open(t, secrets(t, "second"))
			lost := created(t, former, delivery(t, anna, "993000", start()))
			early := lost.ExpiresAt.Add(-time.Microsecond)
			none, err := s.Claim(t.Context(), early, time.Minute, 10)
			require.ErrorIs(t, err, courier.ErrUnreadable)
			require.NotContains(t, err.Error(), "unread;")
			require.Empty(t, none)
			require.Empty(t, claim(t, s, early.Add(time.Minute-time.Microsecond), 10), "it is put off like the others")

			waiting := load(t, former, lost.ID)
			require.Equal(t, courier.StateAccepted, waiting.State)
			require.Equal(t, "993000", waiting.Code.Reveal(), "whoever has the secret may still send it")
		},

		"it ends once its code has expired, and for good": func(t *testing.T, open Open) {
			former, s := open(t, secrets(t, "first")), open(t, secrets(t, "second"))
			lost := created(t, former, delivery(t, anna, "994000", start()))
			owned := claim(t, former, lost.Due, 1)[0]
			fine := delivery(t, anna, "994001", start())
			fine.Due = lost.ExpiresAt
			fine = created(t, s, fine)

			due, err := s.Claim(t.Context(), lost.ExpiresAt, time.Minute, 10)
			require.ErrorIs(t, err, courier.ErrUnreadable)
			require.ErrorContains(t, err, lost.ID.String())
			require.ErrorContains(t, err, "put that secret back")
			require.ErrorContains(t, err, "ends unread")
			require.NotContains(t, err.Error(), fine.ID.String())
			require.Len(t, due, 1)
			require.Equal(t, fine.ID, due[0].ID)

			ended := load(t, former, lost.ID)
			require.Equal(t, courier.StateExpired, ended.State)
			require.Equal(t, courier.ReasonCodeExpired, ended.Reason)
			require.Equal(t, lost.ExpiresAt, ended.EndedAt)
			require.Equal(t, lost.ExpiresAt, ended.UpdatedAt)
			require.Zero(t, ended.Due)
			require.True(t, ended.Code.IsZero())
			require.Equal(t, []courier.ID{fine.ID}, find(t, s, courier.Query{To: lost.To, Live: true}))

			_, err = former.Save(t.Context(), owned, nil)
			require.ErrorIs(t, err, courier.ErrConflict, "its former owner is told")
			require.Len(t, claim(t, s, lost.ExpiresAt.Add(time.Hour), 10), 1, "and that is the last of it")
		},
	}
}
