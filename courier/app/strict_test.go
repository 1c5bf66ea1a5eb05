package app

import (
	"bytes"
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestUnknownCommandsAreRefusedInEveryGroup(t *testing.T) {
	t.Parallel()
	groups := commandGroups(rootCommand("v0"), nil)
	require.Greater(t, len(groups), 8, "deliveries, limits, templates and others are groups")
	for _, group := range groups {
		for _, words := range [][]string{slices.Concat(group.words, []string{"no-such"}), slices.Concat([]string{"help"}, group.words, []string{"no-such"})} {
			var out, said bytes.Buffer
			status := Main(t.Context(), "v0", words, &out, &said)
			require.Equal(t, 1, status, words)
			require.Empty(t, out.String(), words)
			require.Contains(t, said.String(), `unknown command "no-such" for "`+group.path+`"; there are:`, words)
			for _, name := range group.names {
				require.Contains(t, said.String(), "\n  "+name+" ", words)
			}
		}
		require.Zero(t, Main(t.Context(), "v0", append([]string{"help"}, group.words...), &bytes.Buffer{}, &bytes.Buffer{}), group.path)
	}
}

// commandGroup is a command with others below it.
type commandGroup struct {
	path         string
	words, names []string
}

func commandGroups(cmd *cobra.Command, words []string) []commandGroup {
	if !cmd.HasSubCommands() {
		return nil
	}
	found := []commandGroup{{path: cmd.CommandPath(), words: words}}
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() {
			found[0].names = append(found[0].names, below.Name())
		}
		found = append(found, commandGroups(below, append(words[:len(words):len(words)], below.Name()))...)
	}
	return found
}
