// Package storetest is the contract of a [store.Store]. Every store passes it, whole.
package storetest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Open opens a store on one database, under these secrets. It may be called again
// while another store is open on the same database, and after all were closed. The
// store is closed with its test; a case may have closed it before.
type Open func(t *testing.T, v *vault.Vault) store.Store

// Run checks a store against the contract. database makes a new, empty database and
// returns what opens it.
func Run(t *testing.T, database func(t *testing.T) Open) {
	for _, group := range []struct {
		name  string
		cases map[string]func(*testing.T, Open)
	}{
		{"Accept", opened(acceptCases())},
		{"Suppress", opened(suppressCases())},
		{"Denials", opened(denialCases())},
		{"Memories", opened(memoryCases())},
		{"Save", opened(saveCases())},
		{"Claim", opened(claimCases())},
		{"Find", opened(findCases())},
		{"Ledger", opened(ledgerCases())},
		{"Reader", opened(readerCases())},
		{"Tallies", opened(tallyCases())},
		{"List", opened(listCases())},
		{"Forget", opened(forgetCases())},
		{"Tokens", opened(tokenCases())},
		{"Hints", opened(hintCases())},
		{"Entries", entryCases()},
		{"Redate", opened(redateCases())},
		{"Upkeep", opened(upkeepCases())},
		{"Numbers", opened(numberCases())},
		{"Rotation", rotationCases()},
		{"Unreadable", unreadableCases()},
		{"Shared", sharedCases()},
		{"Close", closeCases()},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			for name, check := range group.cases {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					check(t, database(t))
				})
			}
		})
	}
}

// opened gives each case the one store that it needs.
func opened(cases map[string]func(*testing.T, store.Store)) map[string]func(*testing.T, Open) {
	all := make(map[string]func(*testing.T, Open))
	for name, check := range cases {
		all[name] = func(t *testing.T, open Open) { check(t, open(t, secrets(t, "first"))) }
	}
	return all
}

// secrets are made of words: the first one seals, all open. Lookups are always the
// same.
func secrets(t *testing.T, words ...string) *vault.Vault {
	t.Helper()
	v, err := vault.New(vault.Secrets{Cipher: cipher(words...), Lookup: strings.Repeat("lookup", 6)})
	require.NoError(t, err)
	return v
}

// cipher is secrets.cipher made of words.
func cipher(words ...string) []string {
	var secrets []string
	for _, word := range words {
		secrets = append(secrets, strings.Repeat(word, 8))
	}
	return secrets
}

// start is the present of the contract: stores have no clock.
func start() time.Time { return time.Date(2026, time.November, 21, 9, 30, 0, 123456000, time.UTC) }

// Numbers that no one has.
const (
	anna = "+12025550110"
	ben  = "+447700900110"
)

func phone(t testing.TB, e164 string) courier.Phone {
	t.Helper()
	p, err := courier.ParsePhone(e164)
	require.NoError(t, err)
	return p
}

// delivery returns an accepted delivery that is alive for five minutes and due
// in thirty seconds.
func delivery(t testing.TB, to, code string, at time.Time) courier.Delivery {
	t.Helper()
	secret, err := courier.NewCode(code)
	require.NoError(t, err)
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return courier.Delivery{
		ID: id, TemplateType: "login_code_valid", Purpose: courier.Login,
		To: phone(t, to), Country: phone(t, to).Region(), Code: secret, Asked: courier.WhatsApp, Flow: "flow-1",
		Identity: "9f425a8d-7efc-4768-8f23-7647a74fdf13", Locales: []string{"pt-BR", "en"},
		Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		State: courier.StateAccepted, AcceptedAt: at, UpdatedAt: at,
		ExpiresAt: at.Add(5 * time.Minute), Due: at.Add(30 * time.Second),
	}
}

// rules allow three deliveries a number in ten minutes.
func rules(d courier.Delivery) courier.AcceptRules {
	return courier.AcceptRules{
		RepeatsUntil: d.ExpiresAt.Add(2 * time.Minute),
		CountWithin:  10 * time.Minute,
		Quotas: []courier.Quota{{
			Name: "number", Subject: d.To.E164(), Max: 3, Window: 10 * time.Minute, Now: d.AcceptedAt,
		}},
	}
}

// accept stores a delivery by the usual rules.
func accept(t *testing.T, s store.Store, d courier.Delivery) courier.Acceptance {
	t.Helper()
	receipt, err := s.Accept(t.Context(), d, rules(d))
	require.NoError(t, err)
	return receipt
}

// created stores a delivery that must be a new one.
func created(t *testing.T, s store.Store, d courier.Delivery) courier.Delivery {
	t.Helper()
	receipt := accept(t, s, d)
	require.Equal(t, courier.Created, receipt.Outcome)
	return receipt.Delivery
}

func load(t *testing.T, s store.Store, id courier.ID) courier.Delivery {
	t.Helper()
	d, err := s.Load(t.Context(), id)
	require.NoError(t, err)
	return d
}

// same compares deliveries, codes and numbers included: both sit behind
// pointers, which require.Equal follows.
func same(t *testing.T, want, got courier.Delivery) {
	t.Helper()
	require.Equal(t, want.To.E164(), got.To.E164())
	require.Equal(t, want.Code.Reveal(), got.Code.Reveal())
	require.Equal(t, want, got)
}

// together calls do n times at once and waits for all.
func together(n int, do func(i int)) {
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			do(i)
		})
	}
	close(gate)
	all.Wait()
}
