package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// start is the instant at which every delivery of these tests is accepted.
var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

func testPolicy() Policy {
	return Policy{
		Routes: Routes{{Name: "meta", Channel: WhatsApp, Rate: 1000}, {Name: "twilio", Channel: SMS}},
		Mode:   WhatsAppOrSMS, CodeLife: 5 * time.Minute, MinRest: 10 * time.Second,
		FallbackAfter: 30 * time.Second, FallbackOverall: 60 * time.Second,
		SendTimeout: 12 * time.Second, WhatsAppRetries: 2, SMSRetries: 1,
		AbsentFor: 24 * time.Hour, SupersedeAfter: 5 * time.Second,
		Spread:  func(wait time.Duration) time.Duration { return wait },
		Backoff: func(n int) time.Duration { return time.Duration(n) * time.Second },
	}
}

func testDelivery(t testing.TB, change func(*Delivery)) Delivery {
	t.Helper()
	code, err := NewCode("123456")
	require.NoError(t, err)
	phone, err := ParsePhone("+12025550143")
	require.NoError(t, err)
	d := newDelivery(ID{1}, Message{
		TemplateType: "login_code_valid", Purpose: Login, To: phone, Code: code,
	}, testPolicy(), start)
	if change != nil {
		change(&d)
	}
	return d
}

// attempts gives a delivery attempts numbered as they come.
func attempts(list ...Attempt) func(*Delivery) {
	return func(d *Delivery) {
		for i := range list {
			list[i].N = i + 1
		}
		d.Attempts = list
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	send := func(c Channel) Step { return Step{Action: Send, Channel: c} }
	wait := func(s int) Step { return Step{Action: Wait, At: at(s)} }
	end := func(s State, reason string) Step { return Step{Action: End, State: s, Reason: reason} }
	whatsapp := func(s AttemptState, change func(*Attempt)) Attempt {
		a := Attempt{Channel: WhatsApp, State: s, StartedAt: at(1)}
		if change != nil {
			change(&a)
		}
		return a
	}
	accepted := func(s int) func(*Attempt) { return func(a *Attempt) { a.AcceptedAt = at(s) } }
	failed := func(class Class, retry int) func(*Attempt) {
		return func(a *Attempt) {
			a.Class, a.Reason = class, "why"
			if retry > 0 {
				a.RetryAt = at(retry)
			}
		}
	}
	sms := func(s AttemptState, change func(*Attempt)) Attempt {
		a := Attempt{Channel: SMS, State: s, StartedAt: at(40)}
		if change != nil {
			change(&a)
		}
		return a
	}
	asked := func(c Channel) func(*Delivery) { return func(d *Delivery) { d.Asked = c } }
	noSMS := func(d *Delivery) { d.NoSMS = "spent" }
	both := func(changes ...func(*Delivery)) func(*Delivery) {
		return func(d *Delivery) {
			for _, change := range changes {
				change(d)
			}
		}
	}

	for _, c := range []struct {
		name     string
		mode     Mode
		delivery func(*Delivery)
		now      int
		want     Step
	}{
		{"new: WhatsApp", "", nil, 0, send(WhatsApp)},
		{"new, mode SMS only", SMSOnly, nil, 0, send(SMS)},
		{"new, person asks for SMS", "", asked(SMS), 0, send(SMS)},
		{"new, person asks for SMS, mode WhatsApp only", WhatsAppOnly, asked(SMS), 0, send(WhatsApp)},
		{"new, person asks for WhatsApp, mode SMS only", SMSOnly, asked(WhatsApp), 0, send(SMS)},
		{"new, but too little life left", "", nil, 290, end(StateExpired, ReasonCodeExpired)},
		{"new, just enough life left", WhatsAppOnly, nil, 289, send(WhatsApp)},
		{"new, but WhatsApp would have no time before SMS", "", nil, 60, send(SMS)},
		{"new, and WhatsApp has a moment", "", nil, 59, send(WhatsApp)},
		{"new, but the code is dead", "", nil, 300, end(StateExpired, ReasonCodeExpired)},

		{"request on its way", "", attempts(whatsapp(AttemptSending, nil)), 10, wait(31)},
		{"request on its way since before a crash", "", attempts(whatsapp(AttemptSending, nil)), 31, send(SMS)},
		{"outcome unknown: wait for its status", "", attempts(whatsapp(AttemptUnknown, nil)), 30, wait(31)},
		{"outcome unknown, deadline over: never again on WhatsApp", "", attempts(whatsapp(AttemptUnknown, nil)), 31, send(SMS)},
		{"accepted: deadline counts from there", "", attempts(whatsapp(AttemptAccepted, accepted(5))), 34, wait(35)},
		{"accepted, silent at the deadline", "", attempts(whatsapp(AttemptAccepted, accepted(5))), 35, send(SMS)},
		{"left Meta, silent at the deadline", "", attempts(whatsapp(AttemptSent, accepted(5))), 35, send(SMS)},
		{"accepted late: overall limit", "", attempts(whatsapp(AttemptAccepted, accepted(50))), 59, wait(60)},
		{"accepted late, overall limit over", "", attempts(whatsapp(AttemptAccepted, accepted(50))), 60, send(SMS)},
		{"silent at the deadline, mode WhatsApp only", WhatsAppOnly, attempts(whatsapp(AttemptSent, accepted(5))), 35, wait(300)},
		{"silent to the end, mode WhatsApp only", WhatsAppOnly, attempts(whatsapp(AttemptSent, accepted(5))), 300, end(StateExpired, ReasonCodeExpired)},

		{"person not reachable", "", attempts(whatsapp(AttemptFailed, failed(ClassRecipient, 0))), 2, send(SMS)},
		{"person not reachable, mode WhatsApp only", WhatsAppOnly, attempts(whatsapp(AttemptFailed, failed(ClassRecipient, 0))), 2, end(StateFailed, "why")},
		{"template refused: the next variant", "", attempts(whatsapp(AttemptFailed, failed(ClassTemplate, 0))), 2, send(WhatsApp)},
		{"template refused in a report", "", attempts(whatsapp(AttemptFailed, func(a *Attempt) { a.Class, a.AcceptedAt = ClassTemplate, at(1) })), 2, send(SMS)},
		{"account broken", "", attempts(whatsapp(AttemptFailed, failed(ClassConfig, 0))), 2, send(SMS)},
		{"must not be sent at all", "", attempts(whatsapp(AttemptFailed, failed(ClassFinal, 0))), 2, end(StateFailed, "why")},
		{"must not be sent at all, also when SMS is due", "", attempts(whatsapp(AttemptFailed, failed(ClassFinal, 0))), 60, end(StateFailed, "why")},
		{"passing fault: wait for the retry", "", attempts(whatsapp(AttemptFailed, failed(ClassTransient, 3))), 2, wait(3)},
		{"passing fault: retry", "", attempts(whatsapp(AttemptFailed, failed(ClassTransient, 3))), 3, send(WhatsApp)},
		{"throttled beyond the overall limit", "", attempts(whatsapp(AttemptFailed, failed(ClassThrottled, 61))), 2, send(SMS)},
		{"throttled up to the overall limit", "", attempts(whatsapp(AttemptFailed, failed(ClassThrottled, 60))), 2, send(SMS)},
		{"throttled until shortly before it", "", attempts(whatsapp(AttemptFailed, failed(ClassThrottled, 59))), 2, wait(59)},
		{"throttled beyond it, mode WhatsApp only", WhatsAppOnly, attempts(whatsapp(AttemptFailed, failed(ClassThrottled, 61))), 2, wait(61)},
		{"retry due, but WhatsApp would have no time before SMS", "", attempts(whatsapp(AttemptFailed, failed(ClassTransient, 3))), 60, send(SMS)},
		{"passing faults, tries used up", "", attempts(
			whatsapp(AttemptFailed, failed(ClassTransient, 2)), whatsapp(AttemptFailed, failed(ClassTransient, 3)),
			whatsapp(AttemptFailed, failed(ClassTransient, 4))), 3, send(SMS)},
		{"passing fault, but the code dies", "", both(attempts(whatsapp(AttemptFailed, failed(ClassTransient, 3))),
			func(d *Delivery) { d.ExpiresAt = at(12) }), 3, end(StateExpired, ReasonCodeExpired)},
		{"deadline over, but the code dies", "", both(attempts(whatsapp(AttemptSent, accepted(5))),
			func(d *Delivery) { d.ExpiresAt = at(40) }), 35, end(StateExpired, ReasonCodeExpired)},

		{"SMS on its way", "", attempts(whatsapp(AttemptUnknown, nil), sms(AttemptSending, nil)), 51, wait(52)},
		{"SMS on its way since before a crash", "", attempts(whatsapp(AttemptUnknown, nil), sms(AttemptSending, nil)), 52, end(StateFailed, ReasonSMSUnknown)},
		{"SMS outcome unknown: never a second one", "", attempts(sms(AttemptUnknown, nil)), 41, end(StateFailed, ReasonSMSUnknown)},
		{"SMS accepted", "", attempts(whatsapp(AttemptFailed, failed(ClassRecipient, 0)), sms(AttemptAccepted, accepted(41))), 41, end(StateHandedOver, "")},
		{"SMS refused for good", "", attempts(sms(AttemptFailed, failed(ClassRecipient, 0))), 41, end(StateFailed, "why")},
		{"SMS, passing fault: wait", "", attempts(sms(AttemptFailed, failed(ClassTransient, 42))), 41, wait(42)},
		{"SMS, passing fault: retry", "", attempts(sms(AttemptFailed, failed(ClassTransient, 42))), 42, send(SMS)},
		{
			"SMS, tries used up", "", attempts(sms(AttemptFailed, failed(ClassTransient, 41)), sms(AttemptFailed, failed(ClassTransient, 42))),
			44, end(StateFailed, "why"),
		},
		{"SMS taken, never reported", "", attempts(sms(AttemptAccepted, accepted(41))), 300, end(StateHandedOver, ReasonNoReceipt)},
		{"SMS on its way to the phone, never reported", "", attempts(sms(AttemptSent, accepted(41))), 300, end(StateHandedOver, ReasonNoReceipt)},
		{"SMS failed, and the code dies before its retry", "", attempts(sms(AttemptFailed, failed(ClassTransient, 301))), 300, end(StateExpired, ReasonCodeExpired)},
		{"WhatsApp never comes back once SMS was tried", "", attempts(whatsapp(AttemptFailed, failed(ClassTransient, 3)),
			sms(AttemptFailed, failed(ClassTransient, 42))), 42, send(SMS)},

		{"no SMS: budget spent, new", "", noSMS, 60, send(WhatsApp)},
		{"no SMS: budget spent, silent at the deadline", "", both(noSMS, attempts(whatsapp(AttemptSent, accepted(5)))), 60, wait(300)},
		{"no SMS: budget spent, throttled beyond the overall limit", "", both(noSMS, attempts(whatsapp(AttemptFailed, failed(ClassThrottled, 61)))), 2, wait(61)},
		{"no SMS: budget spent, person not reachable", "", both(noSMS, attempts(whatsapp(AttemptFailed, failed(ClassRecipient, 0)))), 2, end(StateFailed, "spent")},
		{"no SMS: budget spent before its retry, WhatsApp silent", "", both(noSMS, attempts(whatsapp(AttemptSent, accepted(5)), sms(AttemptFailed, failed(ClassTransient, 42)))), 42, wait(300)},
		{"no SMS: budget spent, but by now SMS is all there is", SMSOnly, noSMS, 2, send(SMS)},
		{"neither: WhatsApp was busy", "", both(noSMS, func(d *Delivery) { d.NoWhatsApp = ReasonBusy }), 60, send(WhatsApp)},
		{"no WhatsApp: busy", "", func(d *Delivery) { d.NoWhatsApp = ReasonBusy }, 2, send(SMS)},

		{"ended", "", func(d *Delivery) { d.State = StateDelivered }, 2, Step{Action: Wait}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := testPolicy()
			if c.mode != "" {
				p.Mode = c.mode
			}
			require.Equal(t, c.want, p.Next(testDelivery(t, c.delivery), at(c.now)))
		})
	}
}

// Whatever has happened to a delivery, the plan sends nothing after the code's
// life nor with less than the configured rest of it, and never SMS in mode
// WhatsApp only (EXP-3, EXP-4, FBK-10).
func TestNextNeverSendsWhatItMustNot(t *testing.T) {
	t.Parallel()
	states := []AttemptState{AttemptSending, AttemptUnknown, AttemptAccepted, AttemptSent, AttemptFailed, AttemptDelivered, AttemptRead}
	for _, mode := range []Mode{WhatsAppOrSMS, WhatsAppOnly, SMSOnly} {
		for _, state := range states {
			for _, class := range Classes() {
				for _, channel := range []Channel{WhatsApp, SMS} {
					for now := 0; now <= 320; now += 5 {
						p := testPolicy()
						p.Mode = mode
						d := testDelivery(t, attempts(Attempt{Channel: channel, State: state, Class: class, StartedAt: at(0), RetryAt: at(1)}))
						step := p.Next(d, at(now))
						if step.Action == Send {
							require.Less(t, now, 290)
							require.False(t, mode == WhatsAppOnly && step.Channel == SMS)
						}
						if step.Action == Wait {
							require.True(t, step.At.After(at(now)), "%v %v %v %v: a wait must end later", mode, channel, state, class)
							require.False(t, step.At.After(d.ExpiresAt))
						}
					}
				}
			}
		}
	}
}
