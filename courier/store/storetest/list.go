package storetest

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func listCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"pages of several states are in one order": func(t *testing.T, s store.Store) {
			sent := listed(t, s, 2, courier.StateSent)
			delivered := listed(t, s, 2, courier.StateDelivered)
			listed(t, s, 1, courier.StateRead)
			failed := listed(t, s, 1, courier.StateFailed)
			states := []courier.State{courier.StateSent, courier.StateDelivered, courier.StateFailed}
			want := append(append(failed, delivered...), sent...)
			require.Equal(t, want, list(t, s, courier.Page{States: states}))
			require.Equal(t, want[:1], list(t, s, courier.Page{States: states, Limit: 1}))
			require.Equal(t, want[1:4], list(t, s, courier.Page{States: states, Before: want[0], Limit: 3}))
		},

		"pages of what a delivery is": func(t *testing.T, s store.Store) {
			first := noted(t, s, anna, start(), nil)
			second := noted(t, s, ben, start().Add(time.Minute), func(d *courier.Delivery) { d.Purpose = courier.Recovery })
			third := noted(t, s, anna, start().Add(2*time.Minute), func(d *courier.Delivery) { d.Country = "" })
			for name, c := range map[string]struct {
				page courier.Page
				want []courier.ID
			}{
				"purpose":           {courier.Page{Purpose: courier.Recovery}, []courier.ID{second}},
				"no such purpose":   {courier.Page{Purpose: courier.Verification}, nil},
				"country":           {courier.Page{Country: "US"}, []courier.ID{first}},
				"other country":     {courier.Page{Country: "GB"}, []courier.ID{second}},
				"number":            {courier.Page{To: phone(t, anna)}, []courier.ID{third, first}},
				"number, paged":     {courier.Page{To: phone(t, anna), Before: third}, []courier.ID{first}},
				"number and state":  {courier.Page{To: phone(t, anna), States: []courier.State{courier.StateFailed, courier.StateDelivered}}, []courier.ID{third, first}},
				"number, no state":  {courier.Page{To: phone(t, anna), States: []courier.State{courier.StateRead}}, nil},
				"number and more":   {courier.Page{To: phone(t, anna), Country: "US", Purpose: courier.Login}, []courier.ID{first}},
				"from":              {courier.Page{From: start().Add(time.Minute)}, []courier.ID{third, second}},
				"after":             {courier.Page{From: start().Add(time.Minute + time.Microsecond)}, []courier.ID{third}},
				"until":             {courier.Page{Until: start().Add(time.Minute)}, []courier.ID{first}},
				"from and until":    {courier.Page{From: start().Add(time.Second), Until: start().Add(119 * time.Second)}, []courier.ID{second}},
				"nothing yet":       {courier.Page{From: start().Add(time.Hour)}, nil},
				"before everything": {courier.Page{Until: start().Add(-time.Hour)}, nil},
				"until, paged":      {courier.Page{Until: start().Add(time.Hour), Before: second}, []courier.ID{first}},
			} {
				require.Equal(t, c.want, list(t, s, c.page), name)
			}
		},

		"pages of what attempts met": func(t *testing.T, s store.Store) {
			plain := noted(t, s, anna, start(), nil)
			refused := noted(t, s, anna, start().Add(time.Minute), func(d *courier.Delivery) { d.Attempts[0].Code = "131026" })
			both := noted(t, s, anna, start().Add(2*time.Minute), func(d *courier.Delivery) {
				d.Attempts[0].Code, d.Attempts[1].Code = "131026", "30006"
			})
			require.Equal(t, []courier.ID{both, refused, plain}, list(t, s, courier.Page{Channel: courier.SMS}))
			require.Equal(t, []courier.ID{both, refused}, list(t, s, courier.Page{Code: "131026"}))
			require.Equal(t, []courier.ID{both}, list(t, s, courier.Page{Code: "30006"}))
			require.Equal(t, []courier.ID{both}, list(t, s, courier.Page{Code: "30006", Channel: courier.SMS}))
			require.Empty(t, list(t, s, courier.Page{Code: "131026", Channel: courier.SMS}), "one attempt is both")
			require.Equal(t, []courier.ID{refused}, list(t, s, courier.Page{Code: "131026", Before: both, Limit: 1}))
		},

		"a page is named Next until nothing is left": func(t *testing.T, s store.Store) {
			all := listed(t, s, 3, courier.StateFailed)
			for _, c := range []struct {
				page courier.Page
				next courier.ID
			}{
				{courier.Page{Limit: 2}, all[1]},
				{courier.Page{Limit: 3}, courier.ID{}},
				{courier.Page{Limit: 1, Country: "US"}, all[0]},
				{courier.Page{Limit: 1, Country: "US", Before: all[1]}, courier.ID{}},
				{courier.Page{Limit: 1, Country: "BR"}, courier.ID{}},
			} {
				page, err := s.List(t.Context(), c.page)
				require.NoError(t, err)
				require.Equal(t, c.next, page.Next, c.page)
			}
		},
	}
}

// noted stores a delivery with two attempts that was accepted at an instant, and
// returns its id, which is of the same instant.
func noted(t *testing.T, s store.Store, to string, at time.Time, change func(*courier.Delivery)) courier.ID {
	t.Helper()
	d := delivery(t, to, fmt.Sprint(uuid.New()), at)
	binary.BigEndian.PutUint64(d.ID[:], uint64(at.UnixMilli())<<16|uint64(d.ID[6])<<8|uint64(d.ID[7]))
	d.Attempts = twoAttempts()
	if change != nil {
		change(&d)
	}
	attempts := d.Attempts
	d.State, d.Attempts = courier.StateAccepted, nil
	d, err := accepted(t, s, d)
	require.NoError(t, err)
	d.State, d.Attempts = courier.StateFailed, attempts
	return save(t, s, d).ID
}
