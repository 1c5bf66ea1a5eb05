// Command capacity reckons what a number of logins takes: replicas, database, Meta numbers
// and money. Its figures are in figures.yml; `make capacity` writes
// courier/docs/capacity.md with them.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if err := command(os.Stdout).Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "capacity:", err)
		os.Exit(2)
	}
}

func command(out io.Writer) *cobra.Command {
	var (
		logins    float64
		changes   []string
		format    string
		wholePage bool
	)
	cmd := &cobra.Command{
		Use:           "capacity",
		Short:         "Reckon what a number of logins takes, or print the whole page",
		Example:       "capacity --logins 200 --set sms_share=0.2 --set sms_price=0.08",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(*cobra.Command, []string) error {
			f, err := readFigures()
			if err == nil {
				err = f.set(changes)
			}
			if err != nil {
				return err
			}
			if wholePage {
				text, err := page(f)
				if err == nil {
					_, err = io.WriteString(out, text)
				}
				return err
			}
			switch {
			case logins <= 0:
				return errors.New("--logins: say how many there are in the busiest second, more than 0")
			case format == "json":
				return json.NewEncoder(out).Encode(plan(f, logins))
			case format != "text":
				return fmt.Errorf("--format %s: there are text and json", format)
			}
			_, err = fmt.Fprint(out, plan(f, logins))
			return err
		},
	}
	cmd.SetOut(out)
	flags := cmd.Flags()
	flags.Float64Var(&logins, "logins", 0, "logins in the busiest second")
	flags.StringArrayVar(&changes, "set", nil, "another value of a figure, as name=value; may be repeated. The page lists the figures")
	flags.StringVar(&format, "format", "text", "text or json")
	flags.BoolVar(&wholePage, "page", false, "print the page courier/docs/capacity.md")
	return cmd
}
