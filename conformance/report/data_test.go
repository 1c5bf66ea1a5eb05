package report

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWithoutNotesKeepsWhatTheSuiteSaysItself(t *testing.T) {
	t.Parallel()
	details := map[string]Detail{"a spec": {Failure: "no SMS", Notes: []Note{{"log of the courier", "…"}, {FirstTry, "blocked: too late"}}}}
	require.Equal(t, map[string]Detail{"a spec": {Failure: "no SMS", Notes: []Note{{FirstTry, "blocked: too late"}}}}, WithoutNotes(details))
	require.Len(t, details["a spec"].Notes, 2)
}
