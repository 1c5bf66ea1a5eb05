package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

type quietBreakers struct{}

func (quietBreakers) Degraded(courier.Fault)  {}
func (quietBreakers) Recovered(courier.Fault) {}

func ours(template, language string) (string, bool) { return language, template == "login_code" }

func TestMetasUpdatesOpenAndCloseTheBreakers(t *testing.T) {
	t.Parallel()
	template := func(event string, details ...string) webhook.Event {
		return webhook.Event{Kind: webhook.KindUpdate, Field: "message_template_status_update", Template: "login_code", Language: "en_US", Name: event, Details: details}
	}
	account := func(event string, details ...string) webhook.Event {
		return webhook.Event{Kind: webhook.KindUpdate, Field: "account_update", Name: event, Details: details}
	}
	foreign := template("DISABLED")
	foreign.Template = "newsletter"
	for _, c := range []struct {
		name   string
		events []webhook.Event
		open   []string
	}{
		{"template paused", []webhook.Event{template("PAUSED", "FIRST_PAUSE")}, []string{"en_US"}},
		{"template paused and back", []webhook.Event{template("PAUSED", "FIRST_PAUSE"), template("PAUSED", "UNPAUSE")}, nil},
		{"template disabled", []webhook.Event{template("DISABLED")}, []string{"en_US"}},
		{"template approved again", []webhook.Event{template("DISABLED"), template("APPROVED")}, nil},
		{"template flagged: still sent", []webhook.Event{template("FLAGGED")}, nil},
		{"somebody else's template", []webhook.Event{foreign}, nil},
		{"account disabled", []webhook.Event{account("DISABLED_UPDATE", "DISABLE")}, []string{courier.Account}},
		{"account disabled and back", []webhook.Event{account("DISABLED_UPDATE", "DISABLE"), account("DISABLED_UPDATE", "REINSTATE")}, nil},
		{"account will be disabled: not yet", []webhook.Event{account("DISABLED_UPDATE", "SCHEDULE_FOR_DISABLE")}, nil},
		{"account may not start conversations", []webhook.Event{account("ACCOUNT_RESTRICTION", "RESTRICTED_BIZ_INITIATED_MESSAGING")}, []string{courier.Account}},
		{"account restricted in what we do not do", []webhook.Event{account("ACCOUNT_RESTRICTION", "RESTRICTED_CUSTOMER_INITIATED_MESSAGING")}, nil},
		{"account violation", []webhook.Event{account("ACCOUNT_VIOLATION")}, nil},
		{"account error", []webhook.Event{{Kind: webhook.KindFault, Errors: []webhook.Error{{Code: 131031}}}}, []string{courier.Account}},
		{"an error of no account", []webhook.Event{{Kind: webhook.KindFault, Errors: []webhook.Error{{Code: 130429}}}}, nil},
		{"anything else", []webhook.Event{{Kind: webhook.KindUpdate, Field: "account_alerts"}, {Kind: webhook.KindInbound, Name: "text"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			breakers := &courier.Breakers{ProbeEvery: time.Minute, Observer: quietBreakers{}}
			watch := metaWatch{breakers: breakers, variant: ours, now: time.Now}
			for _, e := range c.events {
				require.NoError(t, watch.see(t.Context(), e))
			}
			var open []string
			for _, f := range breakers.Faults() {
				open = append(open, f.Part)
			}
			require.Equal(t, c.open, open)
		})
	}
}

// What Meta tells of one number of several is about that number.
func TestAccountErrorOfOneNumberIsItsOwn(t *testing.T) {
	t.Parallel()
	routes := courier.Routes{{Name: "first", Channel: courier.WhatsApp}, {Name: "second", Channel: courier.WhatsApp}}
	for id, want := range map[string]string{"1": "account:first", "2": "account:second", "": courier.Account} {
		breakers := &courier.Breakers{ProbeEvery: time.Minute, Routes: routes, Observer: quietBreakers{}}
		watch := metaWatch{breakers: breakers, numbers: numberNames{"1": "first", "2": "second"}, variant: ours, now: time.Now}
		require.NoError(t, watch.see(t.Context(), webhook.Event{
			Kind: webhook.KindFault, PhoneNumberID: id, Errors: []webhook.Error{{Code: 131031}},
		}))
		require.Len(t, breakers.Faults(), 1)
		require.Equal(t, want, breakers.Faults()[0].Part)
	}
}

// News of the same second count in their order; old news, repeated or replayed,
// do not count at all.
func TestTimesOfUpdates(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 900_000_000, time.UTC)
	breakers := &courier.Breakers{ProbeEvery: time.Minute, Observer: quietBreakers{}}
	watch := metaWatch{breakers: breakers, variant: ours, now: func() time.Time { return now }}
	tell := func(event string, at time.Time) {
		require.NoError(t, watch.see(t.Context(), webhook.Event{
			Kind: webhook.KindUpdate, Field: "message_template_status_update",
			Template: "login_code", Language: "de", Name: event, At: at.Truncate(time.Second),
		}))
	}
	tell("PAUSED", now.Add(-time.Hour))
	require.Empty(t, breakers.Faults())
	tell("PAUSED", now)
	require.Len(t, breakers.Faults(), 1)
	tell("APPROVED", now.Add(-time.Hour))
	require.Len(t, breakers.Faults(), 1)
	tell("APPROVED", now)
	require.Empty(t, breakers.Faults())
}

// Whoever writes is on WhatsApp. What WhatsApp tells of a number is no message.
func TestWhoHasWritten(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		event webhook.Event
		want  string
	}{
		"a text":             {webhook.Event{Kind: webhook.KindInbound, Name: "text", From: "5215512345678", At: now}, "+525512345678"},
		"a button":           {webhook.Event{Kind: webhook.KindInbound, Name: "DID_NOT_REQUEST_CODE", From: "12025550143", At: now}, "+12025550143"},
		"another number":     {webhook.Event{Kind: webhook.KindInbound, Name: "user_changed_number", System: true, From: "12025550143", At: now}, ""},
		"a word to come":     {webhook.Event{Kind: webhook.KindInbound, Name: "new_word", System: true, From: "12025550143", At: now}, ""},
		"another identity":   {webhook.Event{Kind: webhook.KindInbound, Name: "customer_identity_changed", System: true, From: "12025550143", At: now}, ""},
		"at no known time":   {webhook.Event{Kind: webhook.KindInbound, Name: "text", From: "12025550143"}, ""},
		"without a number":   {webhook.Event{Kind: webhook.KindInbound, Name: "text", At: now}, ""},
		"not by a number":    {webhook.Event{Kind: webhook.KindInbound, Name: "text", From: "US.9081726354", At: now}, ""},
		"a status":           {webhook.Event{Kind: webhook.KindStatus, From: "12025550143", At: now}, ""},
		"a template's state": {webhook.Event{Kind: webhook.KindUpdate, From: "12025550143", At: now}, ""},
	} {
		from, ok := writer(c.event)
		require.Equal(t, c.want != "", ok, name)
		require.Equal(t, c.want, from.E164(), name)
	}
	broken := errors.New("disk full")
	watch := metaWatch{now: time.Now, seen: func(context.Context, courier.Phone, time.Time) error { return broken }}
	require.ErrorIs(t, watch.see(t.Context(), webhook.Event{Kind: webhook.KindInbound, Name: "text", From: "12025550143", At: now}), broken)
}

func TestAButtonPressDisownsTheMessage(t *testing.T) {
	t.Parallel()
	var disowned []string
	watch := metaWatch{numbers: numberNames{"106540352242922": "meta"}, disown: func(_ context.Context, provider, id string) error {
		disowned = append(disowned, provider+" "+id)
		return nil
	}}
	pressed := webhook.Event{Kind: webhook.KindInbound, Name: "DID_NOT_REQUEST_CODE", MessageID: "wamid.1"}
	require.NoError(t, watch.see(t.Context(), pressed))
	pressed.MessageID = ""
	require.NoError(t, watch.see(t.Context(), pressed))
	require.Equal(t, []string{"meta wamid.1"}, disowned)
}

// Reports of another sending number than ours are remembered: it may be the right one.
func TestReportsOfAnotherNumberAreNoticed(t *testing.T) {
	t.Parallel()
	var other []string
	watch := metaWatch{variant: ours, now: time.Now, foreign: func(id string) { other = append(other, id) }}
	for _, e := range []webhook.Event{
		{Kind: webhook.KindForeign, Field: "messages", PhoneNumberID: "106540352242999"},
		{Kind: webhook.KindForeign, Field: "message_template_status_update", AccountID: "1"},
		{Kind: webhook.KindStatus, Field: "messages", PhoneNumberID: "106540352242922"},
	} {
		require.NoError(t, watch.see(t.Context(), e))
	}
	require.Equal(t, []string{"106540352242999"}, other)
}
