package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/operator"
)

// Main runs the command line and returns the exit status: 0 after a clean stop,
// 1 for any fault, which is written to stderr in one message. Commands may have more,
// which their help names.
func Main(ctx context.Context, version string, args []string, stdout, stderr io.Writer) int {
	root := rootCommand(built(version))
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		_, _ = fmt.Fprintln(stderr, "whatsapp-courier:", err)
		if exit, ok := errors.AsType[interface {
			error
			ExitStatus() int
		}](err); ok {
			return exit.ExitStatus()
		}
		return 1
	}
	return 0
}

func rootCommand(version string) *cobra.Command {
	root := &cobra.Command{
		Use:           "whatsapp-courier",
		Version:       version,
		Short:         "Delivers the codes of Ory Kratos over WhatsApp, and by SMS when WhatsApp cannot",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		serveCommand(version), configCommand(), versionCommand(version), jsonnetCommand(), kratosCommand(),
		migrateCommand(), backupCommand(), doctorCommand(version), templatesCommand(version),
	)
	root.AddCommand(operator.Commands()...)
	strict(root)
	return root
}

// exitError is a fault with an exit status of its own.
type exitError struct {
	status int
	text   string
}

func (e *exitError) Error() string { return e.text }

// ExitStatus is the exit status.
func (e *exitError) ExitStatus() int { return e.status }

// built is the version that the linker was given, or else the one that Go noted:
// that of the module with `go install`, or the commit.
func built(stamped string) string {
	info, ok := debug.ReadBuildInfo()
	if stamped != "" || !ok {
		return stamped
	}
	return info.Main.Version
}

func versionCommand(version string) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), version)
			return err
		},
	}
}
