package app

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite"
)

func backupCommand() *cobra.Command {
	var files []string
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the SQLite database to a new file, while the courier runs",
		Long: "Copy the SQLite database to a new file, as it is at one instant, while the courier runs. It takes its\n" +
			"time, so that no code waits for it. Codes and numbers stay encrypted in it: keep it apart from\n" +
			"`secrets`, without which it cannot be read.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := LoadConfig(cmd.Context(), files)
			if err != nil {
				return err
			}
			switch kind, err := c.database(); {
			case err != nil:
				return err
			case kind != sqliteDatabase:
				return errors.New("dsn: this backs up SQLite; for PostgreSQL use pg_dump or what your database team uses")
			}
			said, terminal := cmd.ErrOrStderr().(*os.File)
			terminal = terminal && isTerminal(said)
			err = sqlite.Backup(cmd.Context(), c.DSN, args[0], func(done, all int) {
				if terminal {
					_, _ = fmt.Fprintf(said, "%s%3d%% copied", clearLine, 100*done/max(all, 1))
				}
			})
			if terminal {
				_, _ = fmt.Fprint(said, clearLine)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is written.\n", args[0])
			return err
		},
	}
	cmd.Flags().StringSliceVarP(&files, "config", "c", nil, "YAML file with the configuration; later files win, the environment wins over all")
	return cmd
}
