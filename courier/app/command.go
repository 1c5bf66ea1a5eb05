package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Main runs the command line and returns the exit status: 0 after a clean stop,
// 1 for any fault, which is written to stderr in one message. Commands may have more,
// which their help names.
func Main(ctx context.Context, version string, args []string, stdout, stderr io.Writer) int {
	version = built(version)
	root := &cobra.Command{
		Use:           "whatsapp-courier",
		Version:       version,
		Short:         "Delivers the codes of Ory Kratos over WhatsApp, and by SMS when WhatsApp cannot",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(version), versionCommand(version), jsonnetCommand(), kratosCommand(), migrateCommand(), doctorCommand(version))
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		_, _ = fmt.Fprintln(stderr, "whatsapp-courier:", err)
		if exit, ok := errors.AsType[*exitError](err); ok {
			return exit.status
		}
		return 1
	}
	return 0
}

// exitError is a fault with an exit status of its own.
type exitError struct {
	status int
	text   string
}

func (e *exitError) Error() string { return e.text }

// built is the version that the linker was given, or else the one that Go noted:
// that of the module with `go install`, or the commit.
func built(stamped string) string {
	info, ok := debug.ReadBuildInfo()
	if stamped != "" || !ok {
		return stamped
	}
	return info.Main.Version
}

func serveCommand(version string) *cobra.Command {
	var files []string
	var addressFile string
	var migrate bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Take messages from Kratos and deliver them, until SIGTERM or Ctrl-C",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := LoadConfig(cmd.Context(), files)
			if err != nil {
				return err
			}
			a, err := New(cmd.Context(), config, Options{
				Version: version, Log: cmd.ErrOrStderr(), Console: cmd.OutOrStdout(), Migrate: migrate,
			})
			if err != nil {
				return err
			}
			if addressFile != "" {
				if err := writeAddresses(addressFile, a.Addresses()); err != nil {
					return errors.Join(fmt.Errorf("--address-file: %w", err), a.Close())
				}
			}
			return a.Run(cmd.Context())
		},
	}
	cmd.Flags().StringSliceVarP(&files, "config", "c", nil, "YAML file with the configuration; later files win, the environment wins over all")
	cmd.Flags().StringVar(&addressFile, "address-file", "", "write the addresses of both listeners to this file, as JSON, once they listen")
	cmd.Flags().BoolVar(&migrate, "migrate", false, "first bring the tables of a PostgreSQL database up to date, as `migrate up` does")
	return cmd
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

// writeAddresses writes the file in one step, so that a reader never sees half
// of it.
func writeAddresses(path string, addresses Addresses) error {
	text, err := json.Marshal(addresses)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".addresses-*")
	if err != nil {
		return unopened(path, err)
	}
	_, err = temporary.Write(append(text, '\n'))
	if err := errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
