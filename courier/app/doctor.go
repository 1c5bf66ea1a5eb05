package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
)

// couldNotCheck is the exit status of an examination that did not take place.
const couldNotCheck = 3

// doctorFlags say what doctor looks at, and how it tells.
type doctorFlags struct {
	files  []string
	format string
	strict bool
	// publicURL is where the public listener is from outside; "" leaves it out. Unless that
	// is said, it is where the configuration says.
	publicURL  string
	publicSaid bool
	// url is the private listener of a running courier; "" leaves it out.
	url string
	// send is the number that gets test codes; "" is none.
	send string
	// kratosConfig and kratosAdmin are Kratos' file and its admin API; "" leaves them out.
	kratosConfig, kratosAdmin string
}

func doctorCommand(version string) *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Hold the configuration against the world and say what is wrong",
		Long: "Reads the configuration as serve does, asks Meta, Kratos and this machine what they have, and\n" +
			"says what does not fit, where it is set and what helps. It changes nothing, sends no message and\n" +
			"needs no running courier, but looks at one that --url names. Exit status: 0 all good, 1 warnings\n" +
			"with --strict, 2 errors, 3 something could not be checked.\n\n" +
			"With --send it also has the running courier send a real test code to your number over each channel,\n" +
			"and follows it to the phone. That costs what two messages cost, and counts in limits and reports.",
		Example: "  whatsapp-courier doctor --config courier.yml\n" +
			"  whatsapp-courier doctor --config courier.yml --url http://127.0.0.1:4480 --public-url https://otp.example.com \\\n" +
			"    --kratos-config kratos.yml --kratos-admin http://127.0.0.1:4434\n" +
			"  whatsapp-courier doctor --config courier.yml --url http://127.0.0.1:4480 --send +12025550143",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.format != "table" && f.format != "json" {
				return &exitError{couldNotCheck, "--format: must be table or json"}
			}
			f.publicSaid = cmd.Flags().Changed("public-url")
			report, err := examine(cmd, version, f)
			if err != nil {
				return &exitError{couldNotCheck, err.Error()}
			}
			if err := writeFindings(cmd.OutOrStdout(), f.format, report); err != nil {
				return &exitError{couldNotCheck, err.Error()}
			}
			if status := report.ExitStatus(f.strict); status != 0 {
				return &exitError{status, counted(report)}
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{couldNotCheck, err.Error()} })
	flags := cmd.Flags()
	flags.StringSliceVarP(&f.files, "config", "c", nil, "YAML file with the configuration; later files win, the environment wins over all")
	flags.StringVar(&f.format, "format", "table", "table or json")
	flags.BoolVar(&f.strict, "strict", false, "exit with status 1 when there are warnings")
	flags.StringVar(&f.publicURL, "public-url", "", "base URL under which Meta reaches the public listener of a running courier, such as https://otp.example.com (default serve.public.url)")
	flags.StringVar(&f.url, "url", "", "base URL of a running courier's private listener, or unix: and the path of its socket")
	flags.StringVar(&f.send, "send", "", "your own number, which gets a test code over each channel; needs --url")
	flags.StringVar(&f.kratosConfig, "kratos-config", "", "Kratos' configuration file, in YAML")
	flags.StringVar(&f.kratosAdmin, "kratos-admin", "", "base URL of Kratos' admin API (default kratos.admin_url)")
	return cmd
}

// examine reads the configuration; with one that is faulty, its faults are all that is
// told.
func examine(cmd *cobra.Command, version string, f doctorFlags) (doctor.Report, error) {
	config, report, err := judged(cmd.Context(), f.files)
	if config == nil || err != nil {
		return report, err
	}
	jsonnet, err := newJsonnet()
	if err != nil {
		return doctor.Report{}, err
	}
	defer jsonnet.Close()
	settings, err := config.examined(version, f, jsonnet)
	if err != nil {
		return doctor.Report{}, err
	}
	if f.send != "" {
		if settings.Service == nil {
			return doctor.Report{}, errors.New("--send: needs --url, the private listener of the courier that sends")
		}
		if settings.Trial, err = newTrial(config, f.send, *settings.Service, cmd.ErrOrStderr()); err != nil {
			return doctor.Report{}, err
		}
	}
	return doctor.Examine(cmd.Context(), settings, time.Now), nil
}

func writeFindings(w io.Writer, format string, r doctor.Report) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(r)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, fact := range r.Facts {
		_, _ = fmt.Fprintf(table, "ok\t%s\t%s\n", fact.Where, fact.What) // Flush has the error
	}
	for _, skipped := range r.Skipped {
		_, _ = fmt.Fprintf(table, "skipped\t%s\t%s\n", skipped.Where, skipped.What)
	}
	for _, found := range r.Findings {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n\t\tto do: %s\n", found.Severity, found.Where, found.What, found.Do)
	}
	return table.Flush()
}

// counted is what was found, in one line.
func counted(r doctor.Report) string {
	return fmt.Sprintf("errors: %d, warnings: %d, not checked: %d", r.Count(doctor.Error), r.Count(doctor.Warning), r.Count(doctor.Unknown))
}
