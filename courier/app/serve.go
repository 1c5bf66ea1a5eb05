package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// serving are the flags of serve, whichever part it is.
type serving struct {
	files       []string
	addressFile string
	migrate     bool
}

func serveCommand(version string) *cobra.Command {
	var s serving
	cmd := s.command(version, courier.ServesAll, &cobra.Command{
		Use:   "serve",
		Short: "Take messages from Kratos and deliver them, until SIGTERM or Ctrl-C",
		Long: "Take messages from Kratos and deliver them, until SIGTERM or Ctrl-C. SIGHUP reads the configuration\n" +
			"again: secrets, keys, limits, texts and the log level change at once, and the log names what takes a\n" +
			"restart. A faulty configuration changes nothing.",
	})
	flags := cmd.PersistentFlags()
	flags.StringSliceVarP(&s.files, "config", "c", nil, "YAML file with the configuration; later files win, the environment wins over all")
	flags.StringVar(&s.addressFile, "address-file", "", "write the addresses of the listeners to this file, as JSON, once they listen")
	flags.BoolVar(&s.migrate, "migrate", false, "first bring the tables of a PostgreSQL database up to date, as `migrate up` does")
	cmd.AddCommand(
		s.command(version, courier.ServesCourier, &cobra.Command{
			Use:   "courier",
			Short: "Do all but listen to providers: that is for `serve webhook`",
		}),
		s.command(version, courier.ServesWebhook, &cobra.Command{
			Use:   "webhook",
			Short: "Only take the reports of providers, on the public listener; it sends nothing",
		}),
	)
	return cmd
}

func (s *serving) command(version string, serves courier.Serves, cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		config, err := LoadConfig(cmd.Context(), s.files)
		if err != nil {
			return err
		}
		hangups := make(chan os.Signal, 1)
		signal.Notify(hangups, syscall.SIGHUP)
		defer signal.Stop(hangups)
		a, err := New(cmd.Context(), config, Options{
			Version: version, Serves: serves, Log: cmd.ErrOrStderr(), Console: cmd.OutOrStdout(), Migrate: s.migrate,
			Reload: hangups, Read: func(ctx context.Context) (*Config, error) { return LoadConfig(ctx, s.files) },
		})
		if err != nil {
			return err
		}
		if s.addressFile != "" {
			if err := writeAddresses(s.addressFile, a.Addresses()); err != nil {
				return errors.Join(fmt.Errorf("--address-file: %w", err), a.Close())
			}
		}
		return a.Run(cmd.Context())
	}
	return cmd
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
