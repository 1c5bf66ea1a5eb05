package doctor

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// fakeCourier takes messages, and shows a delivery in one state after the other.
type fakeCourier struct {
	t      *testing.T
	answer object
	status int
	states []object
	posted []object
}

func (f *fakeCourier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/kratos/messages" {
		body, err := io.ReadAll(r.Body)
		var message object
		if err != nil || json.Unmarshal(body, &message) != nil || r.Header.Get("Prefer") != "return=representation" || r.Header.Get("X-API-Key") != "a-key-of-kratos" {
			f.t.Errorf("%s", body)
		}
		f.posted = append(f.posted, message)
		w.WriteHeader(f.status)
		_ = json.NewEncoder(w).Encode(f.answer)
		return
	}
	if r.URL.Path != "/admin/deliveries/an-id" || r.Header.Get("X-API-Key") != "an-admin-key" || len(f.states) == 0 {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(f.states[0])
	f.states = f.states[1:]
}

func attempted(channel, state, code string) object {
	return object{"n": 1, "channel": channel, "provider": "a-provider", "state": state, "code": code, "reason": ""}
}

// tried runs a trial of one channel, and returns the report and what was told live.
func tried(t *testing.T, f *fakeCourier, channels ...courier.Channel) (Report, []string) {
	t.Helper()
	f.t = t
	to, err := courier.ParsePhone("+12025550143")
	require.NoError(t, err)
	var told []string
	var r Report
	Trial{
		Service: served(t, f), To: to, Channels: channels, Every: time.Millisecond,
		Authorize: func(r *http.Request) { r.Header.Set("X-API-Key", "a-key-of-kratos") },
		Say: func(p Progress) {
			if p.What != "" {
				told = append(told, string(p.Channel)+": "+p.What)
			}
		},
	}.examine(t.Context(), &r, today)
	for _, found := range r.Findings {
		require.NotEmpty(t, found.Do)
		require.NotContains(t, found.What, "2025550143")
	}
	return r, told
}

func TestACodeIsFollowedToThePhone(t *testing.T) {
	t.Parallel()
	f := &fakeCourier{status: http.StatusAccepted, answer: object{"id": "an-id", "status": "accepted"}, states: []object{
		{"state": "accepted", "attempts": []object{}},
		{"state": "sending", "attempts": []object{attempted("whatsapp", "sending", "")}},
		{"state": "sent", "attempts": []object{attempted("whatsapp", "accepted", "")}},
		{"state": "sent", "attempts": []object{attempted("whatsapp", "accepted", "")}},
		{"state": "delivered", "ended_at": today(), "attempts": []object{attempted("whatsapp", "delivered", "")}},
		{"state": "handed_over", "ended_at": today(), "attempts": []object{attempted("sms", "accepted", "")}},
	}}
	r, told := tried(t, f, courier.WhatsApp, courier.SMS)
	require.Empty(t, r.Findings)
	require.Equal(t, []Fact{
		{"--send whatsapp", "on the phone by a-provider, 0s after the courier had it"},
		{"--send sms", "taken by a-provider, which reports nothing later: look at the phone, 0s after the courier had it"},
	}, r.Facts)
	require.Equal(t, []string{
		"whatsapp: taken by the courier as an-id", "whatsapp: WhatsApp by a-provider: request", "whatsapp: WhatsApp by a-provider: taken",
		"whatsapp: WhatsApp by a-provider: delivered", "whatsapp: ended: delivered",
		"sms: taken by the courier as an-id", "sms: SMS by a-provider: taken", "sms: ended: handed_over",
	}, told)

	require.Len(t, f.posted, 2)
	first, second := f.posted[0]["template_data"].(object), f.posted[1]["template_data"].(object)
	require.Equal(t, "+12025550143", f.posted[0]["recipient"])
	require.Equal(t, "login_code_valid", f.posted[0]["template_type"])
	require.Regexp(t, `^[0-9]{6}$`, first["login_code"])
	require.Equal(t, "whatsapp", first["transient_payload"].(object)["channel"])
	require.Equal(t, "sms", second["transient_payload"].(object)["channel"])
	require.NotEqual(t, first["transient_payload"].(object)["flow"], second["transient_payload"].(object)["flow"])
}

func TestEachWayInWhichATestCodeFails(t *testing.T) {
	t.Parallel()
	ended := func(state string, attempts ...object) []object {
		return []object{{"state": state, "ended_at": today(), "attempts": attempts, "no_whatsapp": "account"}}
	}
	for name, c := range map[string]struct {
		status int
		taken  string
		states []object
		want   string
		says   string
	}{
		"key not taken":      {http.StatusUnauthorized, "", nil, "error kratos.api_keys", "another configuration"},
		"not stored":         {http.StatusServiceUnavailable, "", nil, "unknown --send whatsapp", "HTTP 503"},
		"suppressed":         {http.StatusAccepted, "suppressed", nil, "error --send whatsapp", "number_limit"},
		"not tried":          {http.StatusAccepted, "accepted", ended("delivered", attempted("sms", "delivered", "")), "error --send whatsapp", "not tried on this channel: account"},
		"refused":            {http.StatusAccepted, "accepted", ended("delivered", attempted("whatsapp", "failed", "131026"), attempted("sms", "delivered", "")), "error --send whatsapp", "131026"},
		"no answer":          {http.StatusAccepted, "accepted", ended("expired", attempted("whatsapp", "unknown", "")), "error --send whatsapp", "did not answer"},
		"no report":          {http.StatusAccepted, "accepted", ended("expired", attempted("whatsapp", "accepted", "")), "error --send whatsapp", "nothing was reported"},
		"by SMS in the end":  {http.StatusAccepted, "accepted", ended("handed_over", attempted("whatsapp", "accepted", ""), attempted("sms", "accepted", "")), "error --send whatsapp", "nothing was reported of it; in the end it was sent by SMS (handed_over)"},
		"not on the phone":   {http.StatusAccepted, "accepted", ended("expired", attempted("whatsapp", "sent", "")), "error --send whatsapp", "was not reported"},
		"cannot be followed": {http.StatusAccepted, "accepted", nil, "unknown --send whatsapp", "HTTP 404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fakeCourier{status: c.status, answer: object{"id": "an-id", "status": c.taken, "reason": "number_limit"}, states: c.states}
			r, _ := tried(t, f, courier.WhatsApp)
			require.Equal(t, []string{c.want}, told(r.Findings))
			require.Contains(t, r.Findings[0].What, c.says)
		})
	}
}

func TestATrialEndsWithItsContext(t *testing.T) {
	t.Parallel()
	f := &fakeCourier{t: t, states: []object{{"state": "sent"}, {"state": "sent"}}}
	ctx, stop := context.WithCancelCause(t.Context())
	looks := 0
	tr := Trial{Service: served(t, f), Every: time.Hour, Say: func(Progress) {
		looks++
		stop(context.Canceled)
	}}
	_, err := tr.follow(ctx, courier.SMS, "an-id", func() time.Duration { return 0 })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, looks)
}

func TestATrialNeedsAKeyToFollowIt(t *testing.T) {
	t.Parallel()
	var r Report
	Trial{}.examine(t.Context(), &r, today)
	require.Equal(t, []string{"error admin.api_keys"}, told(r.Findings))
}
