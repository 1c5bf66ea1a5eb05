package courier

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is logged and counted is the message at hand, whichever record stands for it.
func TestReceivedTellsOfTheMessageAtHand(t *testing.T) {
	t.Parallel()
	watch := &watcher{}
	r := newIntake(t, func(in *Intake) { in.Observer = watch })
	for _, c := range []struct{ template, recipient, code string }{
		{"login_code_valid", "person@example.com", "login_code"},
		{"verification_code_valid", "+5", "verification_code"},
		{"verification_code_valid", "+12025550143", "verification_code"},
	} {
		answer := r.post(bytes.NewReader(kratosBody(c.template, c.recipient, map[string]any{c.code: "123456"})), nil)
		require.Equal(t, 204, answer.Code)
	}
	require.Equal(t, []string{"suppressed login", "suppressed verification", "created verification"}, watch.seen().received)
}
