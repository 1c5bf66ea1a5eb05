package postgres

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// TestReplicasShareLimits posts to three replicas at once.
func TestReplicasShareLimits(t *testing.T) {
	t.Parallel()
	outcomes := func(t *testing.T, code func(i int) string) map[courier.Outcome]int {
		replicas := three(t)
		var (
			callers sync.WaitGroup
			mu      sync.Mutex
			counted = make(map[courier.Outcome]int)
		)
		for i := range 60 {
			d := message(t, code(i))
			callers.Go(func() {
				got, err := replicas[i%3].Accept(t.Context(), d, rules(d))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				counted[got.Outcome]++
				mu.Unlock()
			})
		}
		callers.Wait()
		return counted
	}
	t.Run("20 messages to each, for one number", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, map[courier.Outcome]int{courier.Created: 3, courier.Suppressed: 57},
			outcomes(t, func(i int) string { return fmt.Sprint(100000 + i) }))
	})
	t.Run("one message, 20 times to each", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, map[courier.Outcome]int{courier.Created: 1, courier.Repeated: 59},
			outcomes(t, func(int) string { return "123456" }))
	})
}

// TestReplicasShareABudget lets three replicas spend one budget for many deliveries.
func TestReplicasShareABudget(t *testing.T) {
	t.Parallel()
	replicas := three(t)
	budget := courier.Quota{Name: "sms_total", Max: 5, Window: time.Hour, Now: time.Now()}
	var (
		callers sync.WaitGroup
		spent   atomic.Int32
	)
	for i := range 60 {
		s := replicas[i%3]
		d := message(t, uuid.NewString())
		callers.Go(func() {
			got, err := s.Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := replicas[(i+1)%3].Save(t.Context(), got.Delivery, nil, budget); err == nil {
				spent.Add(1)
			} else if !errorIs[*courier.QuotaError](err) {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	require.EqualValues(t, 5, spent.Load())
}

// TestOneReplicaWinsAVersion lets three replicas save each of many deliveries at once.
func TestOneReplicaWinsAVersion(t *testing.T) {
	t.Parallel()
	replicas := three(t)
	var (
		callers sync.WaitGroup
		won     atomic.Int32
	)
	for range 40 {
		d := message(t, uuid.NewString())
		got, err := replicas[0].Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
		require.NoError(t, err)
		for _, s := range replicas {
			callers.Go(func() {
				_, err := s.Save(t.Context(), got.Delivery, nil)
				switch {
				case err == nil:
					won.Add(1)
				case err != courier.ErrConflict: //nolint:errorlint // it comes as it is
					t.Error(err)
				}
			})
		}
	}
	callers.Wait()
	require.EqualValues(t, 40, won.Load())
}

func three(t *testing.T) []*Store {
	t.Helper()
	dsn := temporary(t)
	return []*Store{openWith(t, dsn, secrets(t)), openWith(t, dsn, secrets(t)), openWith(t, dsn, secrets(t))}
}

// message is for a number that no one has.
func message(t testing.TB, code string) courier.Delivery {
	t.Helper()
	to, err := courier.ParsePhone("+12025550111")
	require.NoError(t, err)
	secret, err := courier.NewCode(code)
	require.NoError(t, err)
	now := time.Now()
	return courier.Delivery{
		ID: uuid.Must(uuid.NewV7()), TemplateType: "login_code_valid", Purpose: courier.Login,
		To: to, Code: secret, State: courier.StateAccepted,
		AcceptedAt: now, UpdatedAt: now, ExpiresAt: now.Add(5 * time.Minute), Due: now.Add(30 * time.Second),
	}
}

// rules allow three deliveries a number in ten minutes.
func rules(d courier.Delivery) courier.AcceptRules {
	return courier.AcceptRules{
		RepeatsUntil: d.ExpiresAt, CountWithin: time.Hour,
		Quotas: []courier.Quota{{Name: "number", Subject: d.To.E164(), Max: 3, Window: 10 * time.Minute, Now: d.AcceptedAt}},
	}
}
