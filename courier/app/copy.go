package app

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/postgres"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite"
)

// copyCommand moves from one engine to the other.
func copyCommand(files *[]string) *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use:   "copy",
		Short: "Copy what a courier on SQLite needs to go on into an empty PostgreSQL database",
		Long: "Copy live deliveries with their attempts, limits, memories and denied numbers from SQLite into an empty\n" +
			"PostgreSQL database, while the courier is stopped. The secrets must stay the same. What has ended is not\n" +
			"copied, unless Kratos may still repeat it. The SQLite file stays as it is: do not start a courier on it again.",
		Example: "  whatsapp-courier migrate copy --from sqlite:///var/lib/whatsapp-courier/courier.db -c courier.yml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !strings.HasPrefix(from, "sqlite://") {
				return errors.New("--from: must be the dsn of an SQLite file, such as sqlite:///var/lib/whatsapp-courier/courier.db")
			}
			if to == "" {
				c, err := loadPostgres(cmd.Context(), *files)
				if err != nil {
					return fmt.Errorf("without --to the dsn of the configuration is taken: %w", err)
				}
				to = c.DSN
			}
			moved, err := postgres.Import(cmd.Context(), to, func(put store.Put) error {
				return sqlite.Export(cmd.Context(), from, time.Now(), put)
			})
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', tabwriter.AlignRight)
			for _, m := range moved {
				_, _ = fmt.Fprintf(table, "%d\t %s\n", m.Rows, m.Table.Holds) // Flush has the error
			}
			return table.Flush()
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "dsn of the SQLite file")
	cmd.Flags().StringVar(&to, "to", "", "dsn of the PostgreSQL database; by default that of the configuration, where no list of processes shows its password")
	_ = cmd.MarkFlagRequired("from") // it fails for unknown flags only
	return cmd
}
