package testkit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

func TestPeopleAreInventedAndDistinct(t *testing.T) {
	t.Parallel()
	numbers, err := testkit.People(2000)
	require.NoError(t, err)
	distinct := map[string]bool{}
	for _, n := range numbers {
		require.Regexp(t, `^\+1[2-9][0-9]{2}55501[0-9]{2}$`, n)
		distinct[n] = true
	}
	require.Len(t, distinct, 2000)
	_, err = testkit.People(1_000_000)
	require.ErrorContains(t, err, "lower the rate or the time")
}
