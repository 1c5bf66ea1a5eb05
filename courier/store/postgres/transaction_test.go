package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// gathering is a database that only notes what it is asked to write.
type gathering struct {
	*database
	ops *[]store.Op
}

var errNoted = errors.New("noted")

func (g gathering) Write(_ context.Context, op store.Op) error {
	*g.ops = append(*g.ops, op)
	return errNoted
}

// TestOperationsOnOneThingInOneBatchFollowEachOther commits twenty messages for one
// number, each twice, in one transaction.
func TestOperationsOnOneThingInOneBatchFollowEachOther(t *testing.T) {
	t.Parallel()
	s := openWith(t, temporary(t), secrets(t))
	var ops []store.Op
	keeper := store.NewKeeper(secrets(t), gathering{s.db, &ops})
	for i := range 40 {
		d := message(t, fmt.Sprint(100000+i/2))
		_, err := keeper.Accept(t.Context(), d, rules(d))
		require.ErrorIs(t, err, errNoted)
	}
	require.NoError(t, s.db.writer.commit(ops))

	all, err := s.List(t.Context(), courier.Page{})
	require.NoError(t, err)
	require.Len(t, all.Deliveries, 4, "three were created, and one counts those that were not")
	require.Equal(t, courier.StateSuppressed, all.Deliveries[0].State)
	require.Equal(t, 16, all.Deliveries[0].Repeats, "17 of 20 are suppressed, and no repeat counts")
}

func TestABatchThatOneOperationSpoilsChangesNothing(t *testing.T) {
	t.Parallel()
	s := openWith(t, temporary(t), secrets(t))
	var ops []store.Op
	keeper := store.NewKeeper(secrets(t), gathering{s.db, &ops})
	d := message(t, "100001")
	_, err := keeper.Accept(t.Context(), d, rules(d))
	require.ErrorIs(t, err, errNoted)
	spoiled := errors.New("spoiled")
	ops = append(ops, store.Op{Do: func(tx store.Tx) error {
		_, _, err := tx.Version(d.ID)
		return errors.Join(err, spoiled)
	}})
	err = s.db.writer.commit(ops)
	require.ErrorIs(t, err, spoiled)
	require.False(t, fatal(err), "the others may go through alone")
	_, err = s.Load(t.Context(), d.ID)
	require.ErrorIs(t, err, courier.ErrNotFound)
	require.NoError(t, s.db.writer.commit(ops[:1]))
	_, err = s.Load(t.Context(), d.ID)
	require.NoError(t, err)
}
