package world

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// outbox keeps what a world sends out. Like a real one it is called with the
// world's lock, and reports later that a webhook was taken.
type outbox struct {
	mu      sync.Mutex
	changes []Change
}

func (o *outbox) Announce(_ string, c Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.changes = append(o.changes, c)
}

func (o *outbox) Receipt(Receipt) {}

func (o *outbox) Forget() {}

func (o *outbox) Settle() {
	o.mu.Lock()
	changes := o.changes
	o.changes = nil
	o.mu.Unlock()
	for _, c := range changes {
		if c.Tried != nil {
			c.Tried(client.Webhook{Answer: answered})
		}
	}
}

// start makes a world whose time stands still until it is moved on.
func start(t *testing.T) *World {
	t.Helper()
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	w := New(Options{
		Log: slog.New(slog.DiscardHandler), MaxMessages: 100, Throughput: -1, PairEvery: -1,
		SentAfter: time.Second, DeliveredAfter: time.Second, ReadAfter: time.Second, ReviewAfter: time.Second,
	}, NewClock(func() time.Time { return noon }), &outbox{})
	t.Cleanup(w.Close)
	w.Account.SetCallback("http://127.0.0.1:1/")
	return w
}

const number = "12025550143"

func answerCall(Acceptance) client.Call { return client.Call{Status: answered} }

// send sends a code and returns the id of the message.
func send(t *testing.T, w *World) string {
	t.Helper()
	a, err := w.Send(meta.Outgoing{From: PhoneNumberID, To: "+" + number, Number: number, Template: "login_code", Language: "en_US", Code: "481920"}, nil, answerCall)
	require.Nil(t, err)
	return a.ID
}

// statuses are the names of what happened to a message.
func statuses(t *testing.T, w *World, id string) []string {
	t.Helper()
	m, ok := w.Journal.Message(id)
	require.True(t, ok)
	names := []string{}
	for _, st := range m.Statuses {
		require.Equal(t, answered, st.Webhook, st.Name)
		names = append(names, st.Name)
	}
	return names
}

func TestASwitchedOffPhoneGetsWhatIsNotTooOldWhenItIsBack(t *testing.T) {
	t.Parallel()
	w := start(t)
	require.NoError(t, w.Handsets.Set(client.Handset{Number: number, OffFor: client.Duration(9 * time.Minute)}))
	tooOld := send(t, w)
	w.Advance(8 * time.Minute)
	fresh := send(t, w)
	w.Advance(30 * time.Second)
	require.Equal(t, []string{"sent"}, statuses(t, w, fresh))
	require.NoError(t, w.Handsets.Set(client.Handset{Number: number, OffFor: client.Duration(5 * time.Minute)}))
	w.Advance(time.Minute)
	require.Equal(t, []string{"sent"}, statuses(t, w, fresh), "the first timer is void")
	w.Advance(5 * time.Minute)
	require.Equal(t, []string{"sent", "delivered", "read"}, statuses(t, w, fresh))
	require.Equal(t, []string{"sent"}, statuses(t, w, tooOld), "login_code lives for ten minutes")
	m, _ := w.Journal.Message(tooOld)
	require.True(t, m.Expired)
}

func TestWhatTheWorldHandsOutIsACopy(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := send(t, w)
	w.Advance(time.Second)
	w.Journal.Messages(client.Filter{})[0].Statuses[0].Name = "changed"
	w.Templates.List()[0].Name = "changed"
	chaos, err := w.Faults.SetChaos(client.Chaos{Faults: []client.Fault{{Kind: client.Jitter, Rate: 1}}})
	require.NoError(t, err)
	chaos.Faults[0].Kind = client.Lost
	require.Equal(t, []string{"sent"}, statuses(t, w, id))
	require.Equal(t, "login_code", w.Templates.List()[0].Name)
	require.Equal(t, client.Jitter, w.Faults.Chaos().Faults[0].Kind)
}

func TestAResetForgetsAllButTheSubscriptionAndTheTime(t *testing.T) {
	t.Parallel()
	w := start(t)
	send(t, w)
	w.Advance(time.Hour)
	now := w.Now()
	w.Account.Deregister(PhoneNumberID)
	w.LimitToken(time.Minute)
	require.NoError(t, w.Faults.Plant(client.Fault{Kind: client.Lost}))
	w.Reset()
	require.Empty(t, w.Journal.Messages(client.Filter{}))
	require.Empty(t, w.Faults.Waiting())
	require.True(t, w.Account.View().Numbers[PhoneNumberID].Registered)
	end, _ := w.TokenEnd()
	require.Zero(t, end)
	require.Equal(t, now, w.Now())
	require.Equal(t, "http://127.0.0.1:1/", w.Account.View().Target)
}

func TestTheWorldIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	w := start(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, _ = w.Send(meta.Outgoing{From: PhoneNumberID, Number: number, Template: "login_code", Language: "en_US", Code: "1"}, nil, answerCall)
			_ = w.Handsets.Set(client.Handset{Number: number, State: client.SwitchedOff})
			w.Advance(time.Second)
			w.View(10)
			_ = w.Handsets.Set(client.Handset{Number: number})
		})
	}
	all.Wait()
	require.Len(t, w.Journal.Messages(client.Filter{}), 8)
}
