package courier

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhereToLook(t *testing.T) {
	t.Parallel()
	limited := func(reason string) func(*Delivery) {
		return func(d *Delivery) { d.State, d.Reason = StateSuppressed, reason }
	}
	for name, c := range map[string]struct {
		mode  Mode
		d     func(*Delivery)
		at    int
		state HintState
		smsAt int
	}{
		"at first, WhatsApp":                   {WhatsAppOrSMS, nil, 0, HintWhatsApp, 30},
		"until the SMS is due":                 {WhatsAppOrSMS, nil, 29, HintWhatsApp, 30},
		"then both":                            {WhatsAppOrSMS, nil, 30, HintSMS, 0},
		"until the code's life is over":        {WhatsAppOrSMS, nil, 299, HintSMS, 0},
		"and then nowhere":                     {WhatsAppOrSMS, nil, 300, HintEnded, 0},
		"SMS, if the person asked for it":      {WhatsAppOrSMS, func(d *Delivery) { d.Asked = SMS }, 0, HintSMS, 0},
		"WhatsApp, where there is no SMS":      {WhatsAppOnly, func(d *Delivery) { d.Asked = SMS }, 200, HintWhatsApp, 0},
		"SMS, where there is nothing else":     {SMSOnly, func(d *Delivery) { d.Asked = WhatsApp }, 0, HintSMS, 0},
		"WhatsApp, if no SMS comes in time":    {WhatsAppOrSMS, func(d *Delivery) { d.ExpiresAt = at(40) }, 35, HintWhatsApp, 0},
		"a limit":                              {WhatsAppOrSMS, limited("number_limit"), 0, HintLimited, 0},
		"a limit, when its code would be old":  {WhatsAppOrSMS, limited("prefix_limit"), 400, HintLimited, 0},
		"no code for this country":             {WhatsAppOrSMS, limited(ReasonCountry), 0, HintEnded, 0},
		"numbers of its kind get none":         {WhatsAppOrSMS, limited(ReasonKind), 0, HintEnded, 0},
		"its owner wants none: as if one came": {WhatsAppOrSMS, limited(ReasonDenied), 29, HintWhatsApp, 30},
		"after a security event, too":          {WhatsAppOrSMS, limited(ReasonBlocked), 30, HintSMS, 0},
		"and for as long":                      {WhatsAppOrSMS, limited(ReasonBlocked), 300, HintEnded, 0},
		"no code while too few are used":       {WhatsAppOrSMS, limited(ReasonUnused), 0, HintEnded, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testPolicy()
			p.Mode = c.mode
			d := testDelivery(t, c.d)
			got := p.hint(d, at(7), at(c.at))
			want := Hint{State: c.state, ReceivedAt: start, NextCodeAt: at(7)}
			if c.state == HintWhatsApp || c.state == HintSMS {
				want.EndsAt = d.ExpiresAt
			}
			if c.smsAt > 0 {
				want.SMSAt = at(c.smsAt)
			}
			require.Equal(t, want, got)
		})
	}
}

// Whatever becomes of the message, who is not its recipient sees nothing of it.
func TestAHintTellsNothingAboutThePhone(t *testing.T) {
	t.Parallel()
	fates := []func(*Delivery){
		attempts(Attempt{Channel: WhatsApp, State: AttemptSending, StartedAt: start}),
		attempts(Attempt{Channel: WhatsApp, State: AttemptDelivered, StartedAt: start, AcceptedAt: start, DeliveredAt: at(2)}),
		attempts(Attempt{Channel: WhatsApp, State: AttemptFailed, Class: ClassAbsent, StartedAt: start}),
		attempts(Attempt{Channel: WhatsApp, State: AttemptFailed, Class: ClassRecipient}, Attempt{N: 2, Channel: SMS, State: AttemptDelivered}),
		func(d *Delivery) { d.NoWhatsApp = ReasonAbsent },
		func(d *Delivery) { d.NoWhatsApp = ReasonDegraded },
		func(d *Delivery) { d.NoSMS = "sms_total_limit" },
		func(d *Delivery) { d.Alert = "code_not_requested" },
		func(d *Delivery) { d.UsedAt = at(9) },
		func(d *Delivery) { d.UpdatedAt, d.EndedAt, d.Due, d.Version = at(9), at(9), at(99), 7 },
		func(d *Delivery) { d.Reason = ReasonUsed },
	}
	var states []State
	for _, s := range append(liveStates(), ends()...) {
		if s != StateSuppressed {
			states = append(states, s)
		}
	}
	withheld := []func(*Delivery){func(d *Delivery) { d.Reason = ReasonDenied }, func(d *Delivery) { d.Reason = ReasonBlocked }}
	p := testPolicy()
	for _, asked := range []Channel{"", SMS} {
		for _, second := range []int{0, 1, 29, 30, 31, 299, 300, 4000} {
			want := p.hint(testDelivery(t, func(d *Delivery) { d.Asked = asked }), at(60), at(second))
			for _, state := range states {
				for i, fate := range fates {
					d := testDelivery(t, func(d *Delivery) { d.Asked = asked; fate(d); d.State, d.Code = state, Code{} })
					require.Equal(t, want, p.hint(d, at(60), at(second)), "second %d, %s, fate %d", second, state, i)
				}
			}
			for _, why := range withheld {
				d := testDelivery(t, func(d *Delivery) { d.Asked = asked; why(d); d.State, d.Code = StateSuppressed, Code{} })
				require.Equal(t, want, p.hint(d, at(60), at(second)), "second %d, %s", second, d.Reason)
			}
		}
	}
}

// byToken is a store that knows one token.
type byToken struct {
	token    string
	delivery Delivery
	broken   error
}

func (s byToken) ByToken(_ context.Context, t Token) (Delivery, error) {
	if s.broken == nil && t.Reveal() != s.token {
		return Delivery{}, ErrNotFound
	}
	return s.delivery, s.broken
}

func tokenOf(t *testing.T, text string) Token {
	t.Helper()
	token, err := NewToken(text)
	require.NoError(t, err)
	return token
}

func TestTheGuideTellsWhenTheNextCodeIsPossible(t *testing.T) {
	t.Parallel()
	const mine = "00112233445566778899aabbccddeeff"
	ledger := newFakeStore()
	d := testDelivery(t, nil)
	g := &Guide{
		Store: byToken{token: mine, delivery: d}, Ledger: ledger, Books: testBooks(), Now: func() time.Time { return at(100) },
	}
	g.Books.Limits.Total = Rate{}
	next := func() time.Time {
		t.Helper()
		hint, known, err := g.Hint(t.Context(), tokenOf(t, mine))
		require.NoError(t, err)
		require.True(t, known)
		return hint.NextCodeAt
	}
	require.Zero(t, next())
	for second := range 3 {
		require.Zero(t, next())
		ledger.enter(g.Books.Limits.own(d.To, at(second)))
	}
	require.Equal(t, at(600), next(), "ten minutes after the first of three")
	for second := range 10 {
		ledger.enter(prefixQuota(quotaPrefix, g.Books.Limits.Prefixes[0], at(second+50)))
	}
	require.Equal(t, at(3650), next(), "of several limits the last one counts")

	hint, known, err := g.Hint(t.Context(), tokenOf(t, mine[2:]+"00"))
	require.NoError(t, err)
	require.False(t, known)
	require.Equal(t, Hint{State: HintSending}, hint)

	g.Store = byToken{token: mine, delivery: testDelivery(t, func(d *Delivery) { d.To = Phone{} })}
	require.Zero(t, next(), "it has lost its number")
	g.Store = byToken{broken: errors.New("no database")}
	_, _, err = g.Hint(t.Context(), tokenOf(t, mine))
	require.ErrorContains(t, err, "no database")
	g.Store, ledger.broken = byToken{token: mine, delivery: d}, errors.New("no ledger")
	_, _, err = g.Hint(t.Context(), tokenOf(t, mine))
	require.ErrorContains(t, err, "no ledger")
}

// A page that is told of the limit would see the place come back.
func TestAMessageThatReachedNobodyKeepsItsPlace(t *testing.T) {
	t.Parallel()
	b := testBooks()
	b.Limits.KeepPlaces = true
	refused := Attempt{Channel: WhatsApp, State: AttemptFailed, Class: ClassAbsent, StartedAt: at(1)}
	before := testDelivery(t, attempts(refused))
	after := testDelivery(t, func(d *Delivery) { attempts(refused)(d); d.State = StateFailed })
	require.Equal(t, []string{"take back prefix 0s"}, shown(b.entries(before, after, at(5))))
	require.Equal(t, []string{"enter prefix 0s"}, shown(b.entries(after, before, at(5))))
	for _, keep := range []bool{false, true} {
		b.Limits.KeepPlaces = keep
		require.Equal(t, keep, b.Limits.accept(before, b.Policy, time.Minute).KeepPlaces)
	}
}

func TestIntakeTakesTokensIfPagesMayAsk(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{false, true} {
		r := newIntake(func(in *Intake) { in.Tokens = on })
		m := loginTo(t, "+12025550143")
		m.Token = tokenOf(t, "00112233445566778899aabbccddeeff")
		r.take(t, m)
		require.Equal(t, !on, r.store.rules.Token.IsZero(), fmt.Sprint(on))
		if on {
			require.Equal(t, start.Add(10*time.Minute+time.Hour), r.store.rules.TokenUntil, "the limit outlives the code")
		}
	}
}
