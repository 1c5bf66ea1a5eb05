package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func closeCases() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"all is there for the next to open": func(t *testing.T, open Open) {
			before := open(t, secrets(t, "first"))
			spendAll(t, before, anna)
			d := accept(t, before, delivery(t, anna, "spent0", start())).Delivery
			d.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", ProviderID: wamid, State: courier.AttemptAccepted}}
			d = save(t, before, d)
			require.NoError(t, before.Deny(t.Context(), phone(t, ben), start()))
			require.NoError(t, before.Close())

			s := open(t, secrets(t, "first"))
			same(t, d, load(t, s, d.ID))
			repeat := accept(t, s, delivery(t, anna, "spent0", start()))
			require.Equal(t, d.ID, repeat.Delivery.ID, "the repeat is still known")
			require.Equal(t, "number_limit", accept(t, s, delivery(t, anna, "995001", start())).Delivery.Reason, "the quota is still spent")
			require.Equal(t, courier.ReasonDenied, accept(t, s, delivery(t, ben, "995002", start())).Delivery.Reason)
		},

		"nothing is done afterwards": func(t *testing.T, open Open) {
			s := open(t, secrets(t, "first"))
			d := created(t, s, delivery(t, anna, "996000", start()))
			require.NoError(t, s.Close())
			require.NoError(t, s.Close(), "twice is fine")
			ctx, quota := t.Context(), absence(d, start())
			for name, write := range map[string]func() error{
				"Accept": func() error { _, err := s.Accept(ctx, d, rules(d)); return err },
				"Save":   func() error { _, err := s.Save(ctx, d, nil); return err },
				"Claim":  func() error { _, err := s.Claim(ctx, d.Due, lease, 1); return err },
				"Forget": func() error { return s.Forget(ctx, quota) },
				"Deny":   func() error { return s.Deny(ctx, d.To, start()) },
				"Allow":  func() error { return s.Allow(ctx, d.To) },
				"Ready":  func() error { return s.Ready(ctx) },
			} {
				require.ErrorIs(t, write(), store.ErrClosed, name)
			}
			for name, read := range map[string]func() error{
				"Load":    func() error { _, err := s.Load(ctx, d.ID); return err },
				"Find":    func() error { _, err := s.Find(ctx, courier.Query{To: d.To}); return err },
				"Latest":  func() error { _, _, err := s.Latest(ctx, quota, 1); return err },
				"Peek":    func() error { _, err := s.Peek(ctx, d.ID); return err },
				"List":    func() error { _, err := s.List(ctx, courier.Page{}); return err },
				"OldKeys": func() error { _, _, err := s.OldKeys(ctx, courier.ID{}, 1); return err },
				"Purge":   func() error { _, err := s.Purge(ctx, start(), keep, 1); return err },
				"Redate":  func() error { _, err := s.Redate(ctx, start(), time.Minute); return err },
			} {
				err := read()
				require.Error(t, err, name)
				require.NotErrorIs(t, err, courier.ErrNotFound, "what cannot be read is not known to be missing")
			}
		},

		"what was acknowledged is durable, and what is refused is said to be": func(t *testing.T, open Open) {
			s := open(t, secrets(t, "first"))
			var (
				callers sync.WaitGroup
				mu      sync.Mutex
				acked   []courier.ID
				busy    = make(chan struct{}, 1)
			)
			for i := range 16 {
				callers.Go(func() {
					for n := 0; ; n++ {
						d := delivery(t, anna, fmt.Sprintf("%02d-%d", i, n), start())
						_, err := s.Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
						if err != nil {
							if !errors.Is(err, store.ErrClosed) {
								t.Error(err)
							}
							return
						}
						mu.Lock()
						acked = append(acked, d.ID)
						mu.Unlock()
						select {
						case busy <- struct{}{}:
						default:
						}
					}
				})
			}
			<-busy
			require.NoError(t, s.Close())
			callers.Wait()
			after := open(t, secrets(t, "first"))
			for _, id := range acked {
				load(t, after, id)
			}
			require.Len(t, find(t, after, courier.Query{To: phone(t, anna), Limit: len(acked) + 1}), len(acked), "and nothing else")
		},
	}
}
