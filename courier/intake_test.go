package courier

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type intakeRig struct {
	store   *fakeStore
	watcher *watcher
	handed  []Delivery
	intake  *Intake
}

func newIntake(changes ...func(*Intake)) *intakeRig {
	r := &intakeRig{store: newFakeStore(), watcher: &watcher{}}
	r.intake = &Intake{
		Store: r.store, Policy: testPolicy(), Limits: Limits{NumberMax: 3, NumberWindow: 10 * time.Minute},
		Observer: r.watcher, HandOver: func(a Acceptance) { r.handed = append(r.handed, a.Delivery) },
		RetrySpan: time.Minute, Now: func() time.Time { return start },
	}
	for _, change := range changes {
		change(r.intake)
	}
	return r
}

func (r *intakeRig) take(t *testing.T, m Message) Acceptance {
	t.Helper()
	got, err := r.intake.Take(t.Context(), m)
	require.NoError(t, err)
	return got
}

// loginTo is a message as Kratos makes it.
func loginTo(t *testing.T, number string) Message {
	t.Helper()
	to, err := ParsePhone(number)
	require.NoError(t, err)
	code, err := NewCode("123456")
	require.NoError(t, err)
	return Message{TemplateType: "login_code_valid", Purpose: Login, To: to, Code: code}
}

func TestIntakeAcceptsAndHandsOver(t *testing.T) {
	t.Parallel()
	r := newIntake()
	first := r.take(t, loginTo(t, "+12025550143"))
	require.Equal(t, Created, first.Outcome)
	require.Equal(t, []Delivery{first.Delivery}, r.handed)
	require.Equal(t, start.Add(5*time.Minute), r.handed[0].ExpiresAt)

	again := r.take(t, loginTo(t, "+12025550143"))
	require.Equal(t, Repeated, again.Outcome)
	require.Equal(t, first.Delivery.ID, again.Delivery.ID, "a repeat is the same delivery")
	require.Len(t, r.handed, 1)
}

func TestIntakeHandsOverNothingThatIsNotSent(t *testing.T) {
	t.Parallel()
	r := newIntake()
	got := r.take(t, Message{TemplateType: "login_code_valid", Purpose: Login, Undeliverable: ReasonNotAPhone})
	require.Equal(t, Suppressed, got.Outcome)
	require.Equal(t, StateSuppressed, got.Delivery.State)
	require.Equal(t, ReasonNotAPhone, got.Delivery.Reason)
	require.Empty(t, r.handed)
}

func TestIntakeAcknowledgesNothingItCannotStore(t *testing.T) {
	t.Parallel()
	r := newIntake()
	r.store.broken = errors.New("disk full")
	_, err := r.intake.Take(t.Context(), loginTo(t, "+12025550143"))
	require.ErrorIs(t, err, r.store.broken)
	require.Equal(t, []string{"storing a message of Kratos"}, r.watcher.seen().trouble)
	require.Empty(t, r.handed)
}

// countsOn counts every message on the same record.
type countsOn struct {
	*fakeStore
	record Delivery
}

func (c countsOn) Accept(context.Context, Delivery, AcceptRules) (Acceptance, error) {
	return Acceptance{Outcome: Suppressed, Delivery: c.record}, nil
}

// What is logged and counted is the message at hand, whichever record stands for it.
func TestReceivedIsTheMessageAtHand(t *testing.T) {
	t.Parallel()
	r := newIntake(func(in *Intake) { in.Store = countsOn{newFakeStore(), testDelivery(t, nil)} })
	for _, purpose := range []Purpose{Login, Verification} {
		message := loginTo(t, "+12025550143")
		message.Purpose = purpose
		r.take(t, message)
	}
	require.ElementsMatch(t, []string{"suppressed login", "suppressed verification"}, r.watcher.seen().received)
}
