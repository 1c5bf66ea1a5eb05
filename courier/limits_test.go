package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAcceptQuotas(t *testing.T) {
	t.Parallel()
	limits := Limits{
		NumberMax: 3, NumberWindow: 10 * time.Minute,
		Total:    Rate{Max: 200, Window: time.Second},
		Prefixes: []PrefixRate{{"+1", Rate{1000, time.Hour}}, {"+1202", Rate{10, time.Hour}}, {"+44", Rate{1, time.Hour}}},
	}
	rules := limits.accept(testDelivery(t, nil), testPolicy(), time.Minute)
	require.Equal(t, at(300).Add(time.Minute), rules.RepeatsUntil)
	names := map[string]int{}
	for _, q := range rules.Quotas {
		names[q.Name+" "+q.Subject] = q.Max
		require.Equal(t, start, q.Now)
	}
	require.Equal(t, map[string]int{"number +12025550143": 3, "total ": 200, "prefix +1 1h0m0s": 1000, "prefix +1202 1h0m0s": 10}, names)
}

// RATE-7: countries that are not served get nothing.
func TestCountriesThatAreNotServed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		serve, refuse []string
		number        string
		want          bool
	}{
		{nil, nil, "+12025550143", true},
		{[]string{"US"}, nil, "+12025550143", true},
		{[]string{"US"}, nil, "+447700900123", false},
		{[]string{"US"}, nil, "+14165550123", false}, // Canada shares +1
		{nil, []string{"GB"}, "+447700900123", false},
		{nil, []string{"GB"}, "+12025550143", true},
		{[]string{"GB"}, []string{"GB"}, "+447700900123", false},
		{nil, []string{"001"}, "+881612345678", false}, // satellite phones
		{nil, []string{"001"}, "+88213123456", false},
		{nil, []string{"001"}, "+883510000000000", false},
		{nil, []string{"001"}, "+979123456789", false},
		{nil, []string{"001"}, "+12025550143", true},
		{[]string{"FR"}, nil, "+33612345678", true},
		{[]string{"FR"}, nil, "+262692123456", false}, // Réunion
	} {
		phone, err := ParsePhone(c.number)
		require.NoError(t, err)
		require.Equal(t, c.want, Limits{Serve: c.serve, Refuse: c.refuse}.refused(phone) == "", c)
	}
	r := newIntake(func(in *Intake) { in.Limits.Serve = []string{"DE"} })
	require.Equal(t, Suppressed, r.take(t, loginTo(t, "+12025550143")).Outcome)
	require.Empty(t, r.handed)
}

// RATE-8: budgets stop SMS, not WhatsApp.
func TestBudgets(t *testing.T) {
	t.Parallel()
	budgets := Budgets{
		Total:    []Rate{{100, time.Hour}, {500, 24 * time.Hour}},
		Prefixes: []PrefixRate{{"+1", Rate{10, time.Hour}}, {"+44", Rate{1, time.Hour}}},
	}
	d := testDelivery(t, nil)
	var got []string
	for _, q := range budgets.quotas(d.To, at(1)) {
		got = append(got, q.Name+" "+q.Subject)
	}
	require.Equal(t, []string{"sms_total 1h0m0s", "sms_total 24h0m0s", "sms_prefix +1 1h0m0s"}, got)
}

// RATE-7: what pays its owner, or a network of its own, can be refused.
func TestKindsOfNumbersCanBeRefused(t *testing.T) {
	t.Parallel()
	for number, kind := range map[string]Kind{
		"+449012345678": KindPremium, "+979123456789": KindPremium, "+33820123456": KindShared,
		"+18002345678": KindTollFree, "+12025550143": "", "+447700900123": "",
	} {
		phone, err := ParsePhone(number)
		require.NoError(t, err, number)
		require.Equal(t, kind, phone.Kind(), number)
		require.Empty(t, Limits{}.refused(phone), number)
		require.Empty(t, Limits{RefuseKinds: []Kind{"another"}}.refused(phone), number)
		if kind != "" {
			require.Equal(t, ReasonKind, Limits{RefuseKinds: []Kind{kind}}.refused(phone), number)
		}
	}
	require.Empty(t, Phone{}.Kind())
}

func TestNoQuotaWithoutALimit(t *testing.T) {
	t.Parallel()
	rules := Limits{NumberMax: 3}.accept(testDelivery(t, nil), testPolicy(), 0)
	require.Len(t, rules.Quotas, 1)
	require.Equal(t, "number", rules.Quotas[0].Name)
}

// What is known of a number matters where SMS is the other way.
func TestMemoryIsAskedWhereThereIsAChoice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode  Mode
		asked Channel
		want  bool
	}{
		"either channel":     {WhatsAppOrSMS, "", true},
		"asked for SMS":      {WhatsAppOrSMS, SMS, true},
		"asked for WhatsApp": {WhatsAppOrSMS, WhatsApp, false},
		"only WhatsApp":      {WhatsAppOnly, "", false},
		"only SMS":           {SMSOnly, "", false},
	} {
		p := testPolicy()
		p.Mode = c.mode
		rules := Limits{}.accept(testDelivery(t, func(d *Delivery) { d.Asked = c.asked }), p, 0)
		require.Equal(t, c.want, len(rules.Memories) == 1, name)
	}
}

// A spent SMS budget ends only what WhatsApp cannot carry.
func TestWithoutBudget(t *testing.T) {
	t.Parallel()
	spent := &QuotaError{Quota: "sms_total"}
	for name, c := range map[string]struct {
		mode     Mode
		delivery func(*Delivery)
		want     State
	}{
		"WhatsApp was too busy":      {WhatsAppOrSMS, func(d *Delivery) { d.NoWhatsApp = ReasonBusy }, StateAccepted},
		"WhatsApp is degraded":       {WhatsAppOrSMS, func(d *Delivery) { d.NoWhatsApp = ReasonDegraded }, StateAccepted},
		"WhatsApp may still deliver": {WhatsAppOrSMS, attempts(Attempt{Channel: WhatsApp, State: AttemptSent, AcceptedAt: at(1)}), StateSent},
		"not on WhatsApp":            {WhatsAppOrSMS, func(d *Delivery) { d.NoWhatsApp = ReasonAbsent }, StateFailed},
		"the person asked for SMS":   {WhatsAppOrSMS, func(d *Delivery) { d.Asked = SMS }, StateFailed},
		"there is no WhatsApp":       {SMSOnly, nil, StateFailed},
		"there is no WhatsApp now":   {SMSOnly, func(d *Delivery) { d.NoSMS = "sms_total_limit" }, StateFailed},
		"WhatsApp refused it":        {WhatsAppOrSMS, attempts(Attempt{Channel: WhatsApp, State: AttemptFailed, Class: ClassRecipient}), StateFailed},
	} {
		p := testPolicy()
		p.Mode = c.mode
		got := p.withoutBudget(testDelivery(t, c.delivery), spent, at(61))
		require.Equal(t, c.want, got.State, name)
		if c.want == StateFailed {
			require.Equal(t, "sms_total_limit", got.Reason, name)
		} else {
			require.Equal(t, "sms_total_limit", got.NoSMS, name)
		}
	}
}
