package world

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Whatever comes in, the mock's memory is bounded.

func TestTheJournalForgetsTheOldest(t *testing.T) {
	t.Parallel()
	j := newJournal(10)
	for i := range 100 {
		j.add(&record{Message: client.Message{ID: fmt.Sprint(i)}})
		j.addCall(Call{Call: client.Call{Status: i}})
	}
	require.LessOrEqual(t, len(j.messages), 15)
	require.Len(t, j.byID, len(j.messages))
	require.LessOrEqual(t, len(j.calls), 15)
	require.NotNil(t, j.find("99"))
	require.Nil(t, j.find("0"))
}

func TestTheFaultQueueIsBounded(t *testing.T) {
	t.Parallel()
	q := &faultQueue{}
	for range maxFaults {
		require.NoError(t, q.add(client.Fault{Kind: client.Lost}))
	}
	require.Error(t, q.add(client.Fault{Kind: client.Lost}))
}

func TestThePairLimitForgetsRecipients(t *testing.T) {
	t.Parallel()
	l := newLimits(Options{PairEvery: time.Second, PairBurst: 1})
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for i := range maxPairs + 10 {
		require.Nil(t, l.admit(PhoneNumberID, fmt.Sprint(i), now))
	}
	require.LessOrEqual(t, len(l.pairs), maxPairs)
}

func TestMessagesThatWaitForAPhoneAreBounded(t *testing.T) {
	t.Parallel()
	h := newHandsets()
	for i := range 3 * maxWaiting {
		h.wait(&record{key: "1", Message: client.Message{ID: fmt.Sprint(i)}})
	}
	list := h.claim("1")
	require.Len(t, list, maxWaiting)
	require.Equal(t, fmt.Sprint(3*maxWaiting-1), list[maxWaiting-1].ID)
	require.Empty(t, h.claim("1"))
}

func TestOrdinalsStartAnew(t *testing.T) {
	t.Parallel()
	var o ordinals
	first := o.next("a")
	for i := range maxOrdinals {
		o.next(fmt.Sprint(i))
	}
	require.LessOrEqual(t, len(o.counts), maxOrdinals)
	require.NotEqual(t, first, o.next("a"), "the same key never gets the same number")
}
