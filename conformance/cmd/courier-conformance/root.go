package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/runner"
)

const exitCodes = `Exit status:
  0  everything that was chosen passed, or failed as expected
  1  a requirement fails, an expected failure did not happen, or nothing ran
  2  a flag or a file is wrong
  3  Kratos, mock or target are not there
  4  the suite itself broke
  5  partial: a must could not be looked at`

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "courier-conformance",
		Short: "Judge a courier of login codes between Ory Kratos, WhatsApp and SMS",
		Long: `Judge a courier of login codes between Ory Kratos, WhatsApp and SMS.

It starts Kratos, a mock of Meta and the courier, logs people in, breaks what can
break, and says which requirements hold. The requirements and what a report means
are described in conformance/README.md.

` + exitCodes,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newRunCommand(), newSelftestCommand(), newInitCommand(), newBadgeCommand(), newVersionCommand(), newShardCommand())
	root.CompletionOptions.HiddenDefaultCmd = true
	strict(root)
	return root
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), suiteVersion()) },
	}
}

// suiteVersion is the version that the linker was told, else the commit.
func suiteVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value[:min(len(setting.Value), 12)]
		}
	}
	return info.Main.Version
}

// newShardCommand is how a run calls itself.
func newShardCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "shard",
		Short:  "Run one shard, as a run tells it to",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(*cobra.Command, []string) error { return runner.Child(os.Stdin, runner.Lines()) },
	}
}
