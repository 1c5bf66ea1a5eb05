package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/postgres"
)

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Make the tables of a PostgreSQL database, or bring them up to date",
		Long: "Make the tables of a PostgreSQL database, or bring them up to date. Steps only go forward, and replicas\n" +
			"that do it at once wait for each other. SQLite does it by itself when the courier starts.",
	}
	var files []string
	cmd.PersistentFlags().StringSliceVarP(&files, "config", "c", nil, "YAML file with the configuration; later files win, the environment wins over all")
	dryRun := false
	up := &cobra.Command{
		Use:   "up",
		Short: "Take the steps that the database lacks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadPostgres(cmd.Context(), files)
			if err != nil {
				return err
			}
			if dryRun {
				return printPending(cmd.Context(), c.DSN, cmd.OutOrStdout())
			}
			taken, err := postgres.Migrate(cmd.Context(), c.DSN)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s taken.\n", steps(taken))
			return err
		},
	}
	up.Flags().BoolVar(&dryRun, "dry-run", false, "print the SQL and change nothing")
	status := &cobra.Command{
		Use:   "status",
		Short: "Tell which version the tables have, and which steps they lack",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadPostgres(cmd.Context(), files)
			if err != nil {
				return err
			}
			s, err := postgres.Status(cmd.Context(), c.DSN)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The tables have schema version %d; %s to take.\n", s.Version, steps(s.Pending))
			return err
		},
	}
	cmd.AddCommand(up, status, copyCommand(&files))
	return cmd
}

// loadPostgres is the configuration of a courier whose tables are to be migrated.
func loadPostgres(ctx context.Context, files []string) (*Config, error) {
	c, err := LoadConfig(ctx, files)
	if err != nil {
		return nil, err
	}
	switch kind, err := c.database(); {
	case err != nil:
		return nil, err
	case kind == sqliteDatabase:
		return nil, errors.New("dsn: SQLite brings its tables up to date by itself when the courier starts; migrate is for PostgreSQL")
	}
	return c, nil
}

func printPending(ctx context.Context, dsn string, out io.Writer) error {
	s, err := postgres.Status(ctx, dsn)
	if err != nil {
		return err
	}
	for _, step := range s.Pending {
		if _, err := fmt.Fprintf(out, "-- step %d\n%s\n", step.Version, step.Text); err != nil {
			return err
		}
	}
	return nil
}

func steps(those []store.Migration) string {
	switch len(those) {
	case 0:
		return "no step"
	case 1:
		return "1 step"
	}
	return fmt.Sprint(len(those), " steps")
}
