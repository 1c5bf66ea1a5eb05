package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// strict makes the call of a command that does not exist a fault, at every level. Cobra by
// itself only does so at the top: below, it shows what the group is for and is content.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" {
			cmd.Args = func(_ *cobra.Command, args []string) error {
				group, rest, err := root.Find(args)
				if err != nil || !group.HasSubCommands() {
					return err
				}
				return subcommandOf(group, rest)
			}
		}
	}
	strictGroup(root)
}

func strictGroup(group *cobra.Command) {
	if !group.HasSubCommands() {
		return
	}
	for _, cmd := range group.Commands() {
		strictGroup(cmd)
	}
	group.Args = subcommandOf
	if !group.Runnable() { // cobra would not look at the arguments
		group.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
}

// subcommandOf refuses what is left of a command line when a group has taken its part.
func subcommandOf(group *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("unknown command %q for %q; there are:", args[0], group.CommandPath())
	for _, cmd := range group.Commands() {
		if cmd.IsAvailableCommand() {
			text += fmt.Sprintf("\n  %-*s  %s", cmd.NamePadding(), cmd.Name(), cmd.Short)
		}
	}
	return errors.New(text)
}
