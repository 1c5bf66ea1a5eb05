package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Lives takes messages [from, to) of a benchmark through six durable writes each, with
// 64 callers over all stores. It returns how long each accept took, the shortest first.
func Lives(b *testing.B, from, to int, stores ...store.Store) (accepts []time.Duration) {
	b.Helper()
	const parallel = 64
	var (
		next    atomic.Int64
		callers sync.WaitGroup
		mu      sync.Mutex
	)
	next.Store(int64(from))
	for caller := range parallel {
		callers.Go(func() {
			for i := int(next.Add(1)); i <= to; i = int(next.Add(1)) {
				took, err := life(b, stores[caller%len(stores)], i)
				if err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				accepts = append(accepts, took)
				mu.Unlock()
			}
		})
	}
	callers.Wait()
	slices.Sort(accepts)
	return accepts
}

// Message is the i-th message of a benchmark, to one of a hundred million numbers that
// no one has, with the rules under which it is accepted.
func Message(b *testing.B, i int) (courier.Delivery, courier.AcceptRules) {
	b.Helper()
	now := time.Now()
	d := delivery(b, fmt.Sprintf("+55110%08d", i%100_000_000), uuid.NewString(), now)
	d.Identity = ""
	return d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt, CountWithin: time.Hour, Quotas: []courier.Quota{
		{Name: "number", Subject: d.To.E164(), Max: 3, Window: 10 * time.Minute, Now: d.AcceptedAt},
	}}
}

// life is accepted, sending, sent, sent to the phone, delivered, read. It returns how
// long the accept took.
func life(b *testing.B, s store.Store, i int) (time.Duration, error) {
	d, rules := Message(b, i)
	began := time.Now()
	got, err := s.Accept(b.Context(), d, rules)
	if err != nil {
		return 0, err
	}
	took := time.Since(began)
	d = got.Delivery
	d.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptSending, StartedAt: began}}
	for _, step := range []struct {
		delivery courier.State
		attempt  courier.AttemptState
	}{
		{courier.StateSending, courier.AttemptSending},
		{courier.StateSent, courier.AttemptAccepted},
		{courier.StateSent, courier.AttemptSent},
		{courier.StateDelivered, courier.AttemptDelivered},
		{courier.StateRead, courier.AttemptRead},
	} {
		d.State, d.Attempts[0].State = step.delivery, step.attempt
		if step.attempt == courier.AttemptAccepted {
			d.Attempts[0].ProviderID = "wamid." + strings.Repeat("x", 20) + uuid.NewString()
		}
		if d.State.Ended() {
			d.Due = time.Time{}
		}
		if d, err = s.Save(b.Context(), d, nil); err != nil {
			return took, err
		}
	}
	require.Equal(b, courier.StateRead, d.State)
	return took, nil
}
