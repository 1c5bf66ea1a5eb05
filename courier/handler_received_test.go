package courier

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// countsOn counts every message on the same record.
type countsOn struct {
	*fakeStore
	record Delivery
}

func (c countsOn) Accept(context.Context, Delivery, AcceptRules) (Acceptance, error) {
	return Acceptance{Outcome: Suppressed, Delivery: c.record}, nil
}

// What is logged and counted is the message at hand, whichever record stands for it.
func TestReceivedTellsOfTheMessageAtHand(t *testing.T) {
	t.Parallel()
	watch := &watcher{}
	r := newIntake(t, func(in *Intake) {
		in.Store, in.Observer = countsOn{newFakeStore(), testDelivery(t, nil)}, watch
	})
	for template, code := range map[string]string{"login_code_valid": "login_code", "verification_code_valid": "verification_code"} {
		answer := r.post(bytes.NewReader(kratosBody(template, "+12025550143", map[string]any{code: "123456"})), nil)
		require.Equal(t, 204, answer.Code)
	}
	require.ElementsMatch(t, []string{"suppressed login", "suppressed verification"}, watch.seen().received)
}
