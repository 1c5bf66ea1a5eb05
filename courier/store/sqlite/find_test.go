package sqlite

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// What a page did not look at begins below the lowest that it did.
func TestTheLowestBelongsToItsPage(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	var ids []courier.ID
	for _, code := range []string{"100000", "100001", "100002"} {
		ids = append(ids, accept(t, s, message(t, canaryPhone, code)).ID)
	}
	lowest, err := s.db.Lowest(t.Context(), store.Listing{}, 2)
	require.NoError(t, err)
	require.Equal(t, ids[1], lowest)
	found, err := s.db.List(t.Context(), store.Listing{Page: courier.Page{Limit: 9}, Above: lowest})
	require.NoError(t, err)
	require.Len(t, found, 2)
	lowest, err = s.db.Lowest(t.Context(), store.Listing{Below: ids[1]}, 2)
	require.NoError(t, err)
	require.Zero(t, lowest)
}
