package testkit

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func take(n *Numbers, count int) []string {
	given := make([]string, count)
	for i := range given {
		given[i] = n.Next()
	}
	return given
}

func TestNumbersComeOnceAndDifferInTheirLastDigits(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]*Numbers{"of a seed": NumbersFrom(7, 0, 1), "the zero value": {}} {
		given := take(n, 20_000)
		for _, number := range given {
			require.Regexp(t, `^\+1[2-9][0-9]{2}55501[0-9]{2}$`, number)
		}
		endings := map[string]bool{}
		for _, number := range given[:100] {
			endings[number[len(number)-2:]] = true
		}
		require.Len(t, endings, 100, name)
		slices.Sort(given)
		require.Len(t, slices.Compact(given), 20_000, name)
	}
}

func TestNumbersOfASeedComeAgain(t *testing.T) {
	t.Parallel()
	first := take(NumbersFrom(7, 1, 4), 300)
	require.Equal(t, first, take(NumbersFrom(7, 1, 4), 300))
}

func TestSharesAndRunsHaveOtherNumbers(t *testing.T) {
	t.Parallel()
	var all []string
	for share := range 6 {
		all = append(all, take(NumbersFrom(7, share, 6), 1000)...)
	}
	slices.Sort(all)
	require.Len(t, slices.Compact(all), 6000)

	// Two runs of 200 numbers each have a common area code in about 4 of 272 cases.
	shared := 0
	for seed := range uint64(1000) {
		first, second := take(NumbersFrom(2*seed, 0, 1), 200), take(NumbersFrom(2*seed+1, 0, 1), 200)
		if slices.ContainsFunc(second, func(n string) bool { return slices.Contains(first, n) }) {
			shared++
		}
	}
	require.Less(t, shared, 40)
}

func TestAMaskedNumberIsComparedByAllThatItShows(t *testing.T) {
	t.Parallel()
	for masked, matches := range map[string]bool{
		"+1********43": true, "+12025550143": true, "+1202*****43": true,
		"+1303*****43": false, "+1********44": false, "+1*******43": false, "": false,
	} {
		require.Equal(t, matches, shows(masked, "+12025550143"), masked)
	}
}
