package main

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

func TestUnknownCommandsAreRefusedInEveryGroup(t *testing.T) {
	t.Parallel()
	groups := commandGroups(newRootCommand(), nil)
	require.NotEmpty(t, groups)
	for _, group := range groups {
		for _, words := range [][]string{slices.Concat(group.words, []string{"no-such"}), slices.Concat([]string{"help"}, group.words, []string{"no-such"})} {
			got := call(t, words...)
			require.Equal(t, verdict.ExitUsage, got.status, words)
			require.Empty(t, got.out, words)
			require.Contains(t, got.err, `unknown command "no-such" for "`+group.path+`"; there are:`, words)
			for _, name := range group.names {
				require.Contains(t, got.err, "\n  "+name+" ", words)
			}
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
