package main

import (
	"bytes"
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestUnknownCommandsAreRefusedInEveryGroup(t *testing.T) {
	t.Parallel()
	groups := commandGroups(newRootCommand(), nil)
	require.NotEmpty(t, groups)
	for _, group := range groups {
		for _, words := range [][]string{slices.Concat(group.words, []string{"no-such"}), slices.Concat([]string{"help"}, group.words, []string{"no-such"})} {
			var out bytes.Buffer
			root := newRootCommand()
			root.SetArgs(words)
			root.SetOut(&out)
			err := root.ExecuteContext(t.Context())
			require.ErrorContains(t, err, `unknown command "no-such" for "`+group.path+`"; there are:`, words)
			for _, name := range group.names {
				require.ErrorContains(t, err, "\n  "+name+" ", words)
			}
			require.Empty(t, out.String(), words)
		}
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
