package store

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// many is a database with so many deliveries that a page does not look at all of them.
type many struct {
	Database
	lowest courier.ID
	found  []courier.ID
	asked  Listing
	looked int
}

func (m *many) Lowest(_ context.Context, _ Listing, n int) (courier.ID, error) {
	m.looked = n
	return m.lowest, nil
}

func (m *many) List(_ context.Context, l Listing) ([]vault.Record, error) {
	m.asked = l
	var all []vault.Record
	for _, id := range m.found[:min(l.Limit, len(m.found))] {
		all = append(all, vault.Record{Delivery: courier.Delivery{ID: id}})
	}
	return all, nil
}

// A page that finds little among all that it looks at says where to go on.
func TestASearchLooksAtSoManyDeliveriesAndGoesOnBehindThem(t *testing.T) {
	t.Parallel()
	v, err := vault.New(vault.Secrets{Cipher: []string{strings.Repeat("cipher", 6)}, Lookup: strings.Repeat("lookup", 6)})
	require.NoError(t, err)
	ids := make([]courier.ID, 4)
	for i := range ids {
		ids[i] = uuid.Must(uuid.NewV7())
	}
	slices.Reverse(ids)
	for name, c := range map[string]struct {
		page  courier.Page
		found []courier.ID
		next  courier.ID
		looks bool
	}{
		"nothing found":      {courier.Page{Country: "BR", Limit: 2}, nil, ids[3], true},
		"something found":    {courier.Page{Purpose: courier.Login, Limit: 2}, ids[:1], ids[3], true},
		"as many as asked":   {courier.Page{Code: "30006", Limit: 2}, ids[:2], ids[3], true},
		"more than asked":    {courier.Page{Channel: courier.SMS, Limit: 2}, ids[:3], ids[1], true},
		"until":              {courier.Page{Until: time.Now(), Limit: 2}, nil, ids[3], true},
		"states have one":    {courier.Page{States: []courier.State{courier.StateFailed}, Limit: 2}, ids[:1], courier.ID{}, false},
		"numbers have one":   {courier.Page{To: courier.KnownPhone("+12025550143"), Country: "US", Limit: 2}, ids[:1], courier.ID{}, false},
		"the start is a key": {courier.Page{From: time.Now(), Limit: 2}, ids[:3], ids[1], false},
	} {
		db := &many{lowest: ids[3], found: c.found}
		page, err := NewKeeper(v, db).List(t.Context(), c.page)
		require.NoError(t, err, name)
		require.Equal(t, c.next, page.Next, name)
		require.Len(t, page.Deliveries, min(len(c.found), 2), name)
		if c.looks {
			require.Equal(t, looksAt, db.looked, name)
			require.Equal(t, ids[3], db.asked.Above, name)
		} else {
			require.Zero(t, db.looked, name)
		}
	}
}
