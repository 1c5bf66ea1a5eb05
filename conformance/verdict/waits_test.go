package verdict_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

func TestALongWaitIsSkippedAndMakesTheRunPartial(t *testing.T) {
	t.Parallel()
	in := input()
	in.Waits, in.MaxWait = map[string]time.Duration{"a1 one": 35 * time.Second, "b1": 10 * time.Minute}, 35*time.Second
	_, foreseen := in.Foresee(in.Specs[0])
	require.False(t, foreseen, "it waits as long as it may")
	got, foreseen := in.Foresee(in.Specs[3])
	require.True(t, foreseen)
	require.Equal(t, verdict.Seen{Outcome: verdict.Skipped, Why: "it would wait 10m0s for the target: --slow, or --max-wait 10m0s"}, got)
	require.Equal(t, verdict.ExitPass, verdict.Judge(in).Exit, "another spec has looked at it")

	in.Waits["b1 and a1"] = time.Minute
	v := verdict.Judge(in)
	require.Equal(t, verdict.ExitPartial, v.Exit)
	require.Equal(t, []string{"skipped: B-1"}, v.Reasons)

	in.MaxWait = 0
	require.Equal(t, verdict.ExitPass, verdict.Judge(in).Exit, "as long as it takes")
}
