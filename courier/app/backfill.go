package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	kratos "github.com/ory/kratos-client-go"
	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/backfill"
)

// adminTokenEnv holds the token for a Kratos whose admin API asks for one. It is the
// variable of kratos.admin_token too.
const adminTokenEnv = "KRATOS_ADMIN_TOKEN" // #nosec G101 -- the name of a variable

func kratosCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "kratos", Short: "Work on the Kratos that this courier serves", Args: cobra.NoArgs}
	cmd.AddCommand(backfillCommand())
	return cmd
}

func backfillCommand() *cobra.Command {
	var admin, format string
	var o backfill.Options
	var dry bool
	cmd := &cobra.Command{
		Use:   "backfill",
		Short: "Let people log in by phone who were in Kratos before their phone was a login identifier",
		Long: "Kratos makes the credential of a code when an identity is written. People who were there before the identity\n" +
			"schema had `code: {via: sms}` have none, and cannot log in. This command reads all identities and has\n" +
			"Kratos write those again, as they are, whose credential is missing. It may be stopped and run again at any time, and\n" +
			"prints ids, never numbers. Exit status: 0 done, 1 stopped by a fault, 2 Kratos refused some.\n\n" +
			"A Kratos whose admin API asks for a token gets the one in " + adminTokenEnv + ".",
		Example: "  whatsapp-courier kratos backfill --admin http://127.0.0.1:4434 --trait phone --dry-run\n" +
			"  whatsapp-courier kratos backfill --admin http://127.0.0.1:4434 --trait phone --apply",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			base, err := url.Parse(admin)
			if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
				return errors.New("--admin: must be the base URL of Kratos' admin API, such as http://127.0.0.1:4434")
			}
			if dry == o.Apply {
				return errors.New("set one of --dry-run and --apply")
			}
			if format != "table" && format != "json" {
				return errors.New("--format: must be table or json")
			}
			if o.Rate < 1 {
				return errors.New("--rate: must be at least 1")
			}
			client, total := adminClient(admin, os.Getenv(adminTokenEnv)), 0
			if o.PageToken == "" { // who goes on has a part of all before them, and nobody knows which
				total = backfill.Count(cmd.Context(), client)
			}
			file, ok := cmd.ErrOrStderr().(*os.File)
			progress := newBackfillProgress(cmd.ErrOrStderr(), ok && isTerminal(file), o.Apply, total, time.Now)
			o.Progress = progress.say
			report, err := backfill.Run(cmd.Context(), client, o)
			progress.end()
			if err := writeReport(cmd.OutOrStdout(), format, report); err != nil {
				return err
			}
			switch {
			case err != nil && report.PageToken != "":
				return fmt.Errorf("%w\nto go on from there: --page-token %s", err, report.PageToken)
			case err != nil:
				return err
			case len(report.Refused) > 0:
				return &exitError{2, fmt.Sprintf("Kratos refused %d of them; the report names their ids", len(report.Refused))}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&admin, "admin", "", "base URL of Kratos' admin API")
	flags.StringVar(&o.Trait, "trait", "phone", "the trait with the phone; dots lead into objects")
	flags.BoolVar(&dry, "dry-run", false, "count only")
	flags.BoolVar(&o.Apply, "apply", false, "write the identities whose credential is missing")
	flags.IntVar(&o.Rate, "rate", 20, "identities a second that are written at most")
	flags.StringVar(&o.PageToken, "page-token", "", "go on where a run that was stopped has ended")
	flags.StringVar(&format, "format", "table", "table or json")
	_ = cmd.MarkFlagRequired("admin") // it fails for unknown flags only
	return cmd
}

// adminClient asks Kratos' admin API, with a token unless that is "".
func adminClient(base, token string) *kratos.APIClient {
	c := kratos.NewConfiguration()
	c.Servers = kratos.ServerConfigurations{{URL: base}}
	if token != "" {
		c.AddDefaultHeader("Authorization", "Bearer "+token)
	}
	return kratos.NewAPIClient(c)
}

func writeReport(w io.Writer, format string, r backfill.Report) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range []struct {
		what string
		n    int
	}{{"identities read", r.Read}, {"with a phone", r.WithPhone}, {"without the credential", r.Missing}, {"written", r.Written}, {"refused", len(r.Refused)}} {
		_, _ = fmt.Fprintf(table, "%s\t%d\n", line.what, line.n) // Flush has the error
	}
	for _, refused := range r.Refused {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\n", refused.ID, refused.Status, refused.Why)
	}
	return table.Flush()
}
