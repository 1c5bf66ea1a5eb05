package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func hintCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"a login page sees the same whether its number is denied, blocked or neither": func(t *testing.T, s store.Store) {
			p := newPage(t, s)
			const other, denied, blocked = anna, "+12025550111", "+12025550112"
			require.NoError(t, s.Deny(t.Context(), phone(t, denied), start()))
			p.block(t, blocked)
			numbers := []string{other, denied, blocked}
			states := map[courier.HintState]int{}
			look := func() {
				t.Helper()
				want := p.hint(t, other)
				states[want.State]++
				for _, number := range numbers {
					require.Equal(t, want, p.hint(t, number), "%s after %s", number, p.now.Sub(start()))
				}
			}
			for i, ask := range []struct {
				after int
				code  string
				by    courier.Channel
			}{
				{0, "995000", ""},
				{20, "995001", ""},
				{25, "995001", ""}, // Kratos repeats it.
				{60, "995002", courier.SMS},
				{80, "995003", ""}, // one too many
				{90, "995004", ""},
				{610, "995005", ""},
				{611, "995006", ""},
			} {
				p.now = start().Add(time.Duration(ask.after) * time.Second)
				outcomes := map[courier.Outcome]int{}
				for _, number := range numbers {
					outcomes[p.ask(t, number, ask.code, ask.by)]++
				}
				if i == 0 {
					require.Equal(t, map[courier.Outcome]int{courier.Created: 1, courier.Suppressed: 2}, outcomes, "they differ in what is sent")
				}
				look()
				for _, later := range []int{4, 29, 30, 299, 300, 599, 600, 700} {
					asked := p.now
					p.now = asked.Add(time.Duration(later) * time.Second)
					look()
					p.now = asked
				}
			}
			require.Len(t, states, 4, "all there are for a message: %v", states)
		},
	}
}

// page is what stands between login pages and a store, at an instant.
type page struct {
	now    time.Time
	intake courier.Intake
	guide  courier.Guide
	store  store.Store
}

// silent hears nothing.
type silent struct{ courier.Observer }

func (silent) Received(context.Context, courier.Delivery, courier.Acceptance) {}

func newPage(t *testing.T, s store.Store) *page {
	t.Helper()
	p := &page{now: start(), store: s}
	clock := func() time.Time { return p.now }
	policy := courier.Policy{
		Mode: courier.WhatsAppOrSMS, CodeLife: 5 * time.Minute, MinRest: 10 * time.Second, FallbackAfter: 30 * time.Second,
	}
	limits := courier.Limits{
		NumberMax: 3, NumberWindow: 10 * time.Minute, Total: courier.Rate{Max: 1000, Window: time.Minute}, KeepPlaces: true,
		Prefixes: []courier.PrefixRate{{Prefix: "+1", Rate: courier.Rate{Max: 1000, Window: time.Hour}}},
		Block:    courier.Block{Events: []string{courier.AlertNotRequested}, For: time.Hour},
	}
	p.intake = courier.Intake{
		Store: s, Policy: policy, Limits: limits, Ledger: s, Observer: silent{}, HandOver: func(courier.Acceptance) {}, Tokens: true, Now: clock,
	}
	p.guide = courier.Guide{Store: s, Ledger: s, Books: courier.Books{Policy: policy, Limits: limits}, Now: clock}
	return p
}

// block is what a security event leaves behind.
func (p *page) block(t *testing.T, number string) {
	t.Helper()
	long := start().Add(-time.Minute)
	d := created(t, p.store, delivery(t, number, "994000", long.Add(-time.Hour)))
	_, err := p.store.Save(t.Context(), d, nil, courier.Quota{
		Name: courier.ReasonBlocked, Subject: number, Max: courier.Unlimited, Window: time.Hour, Now: long,
	})
	require.NoError(t, err)
}

// ask has a code sent to a number. Each has one token.
func (p *page) ask(t *testing.T, number, code string, by courier.Channel) courier.Outcome {
	t.Helper()
	secret, err := courier.NewCode(code)
	require.NoError(t, err)
	got, err := p.intake.Take(t.Context(), courier.Message{
		TemplateType: "login_code_valid", Purpose: courier.Login, To: phone(t, number), Code: secret, Asked: by, Token: pageOf(t, number),
	})
	require.NoError(t, err)
	return got.Outcome
}

func (p *page) hint(t *testing.T, number string) courier.Hint {
	t.Helper()
	hint, known, err := p.guide.Hint(t.Context(), pageOf(t, number))
	require.NoError(t, err)
	require.True(t, known)
	return hint
}

func pageOf(t *testing.T, number string) courier.Token {
	t.Helper()
	token, err := courier.NewToken(fmt.Sprintf("%032s", number[1:]))
	require.NoError(t, err)
	return token
}
