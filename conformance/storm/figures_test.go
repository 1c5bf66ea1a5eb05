package storm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func TestJudgeCountsWhatThePhonesGot(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	message := func(to, channel string, seconds int) client.Message {
		return client.Message{To: to, Channel: channel, At: at(seconds)}
	}
	crowd := []posted{
		{to: "on WhatsApp", at: at(0), took: time.Millisecond},
		{to: "by SMS", at: at(1), took: 2 * time.Millisecond},
		{to: "by SMS, once seen", at: at(21), took: 3 * time.Millisecond},
		{to: "twice by SMS", at: at(2), took: 4 * time.Millisecond},
		{to: "none", at: at(3), took: 5 * time.Millisecond},
	}
	messages := []client.Message{
		message("on WhatsApp", client.WhatsApp, 1),
		message("by SMS", client.SMS, 31),
		message("by SMS, once seen", client.SMS, 23),
		message("twice by SMS", client.SMS, 42), message("twice by SMS", client.SMS, 50),
		message("a stranger", client.SMS, 1),
	}
	require.Equal(t, Figures{
		People: 5, None: 1, BySMS: 3, Twice: 1,
		SMSP50: Duration(30 * time.Second), SMSP99: Duration(30 * time.Second), SMSMax: Duration(40 * time.Second),
		LateP50: Duration(2 * time.Second), LateP99: Duration(2 * time.Second),
		AcceptP99: Duration(4 * time.Millisecond),
	}, judge(crowd, messages, at(20)))
	require.Zero(t, judge(crowd, messages, time.Time{}).LateP50, "when it was never seen")
}

func TestDurationsAreText(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-1: "never", 0: "0s", 1234 * time.Microsecond: "1.2ms", 30123 * time.Millisecond: "30.1s",
	} {
		text, err := Duration(d).MarshalText()
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	kept := Figures{People: 9, BySMS: 9, Seen: Duration(time.Second)}
	require.NoError(t, kept.Verdict())
	for says, breakIt := range map[string]func(*Figures){
		"1 people got no message":   func(f *Figures) { f.None = 1 },
		"2 people got two messages": func(f *Figures) { f.Twice = 2 },
		"never listed":              func(f *Figures) { f.Seen = -1 },
	} {
		f := kept
		breakIt(&f)
		require.ErrorIs(t, f.Verdict(), ErrPromise)
		require.ErrorContains(t, f.Verdict(), says)
	}
}
