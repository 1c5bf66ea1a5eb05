package app

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
)

func configCommand() *cobra.Command {
	var files []string
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check and show the configuration as serve would read it",
		Args:  cobra.NoArgs,
	}
	cmd.PersistentFlags().StringSliceVarP(&files, "config", "c", nil, "YAML file with the configuration; later files win, the environment wins over all")
	cmd.AddCommand(checkCommand(&files), printCommand(&files))
	return cmd
}

func checkCommand(files *[]string) *cobra.Command {
	var format string
	var strict bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say everything that is wrong with the configuration",
		Long: "Reads the configuration, the environment and the files of secrets as serve does, and names every\n" +
			"fault by its setting. Nothing is asked over the network: that is for doctor. Exit status: 0 valid,\n" +
			"1 warnings with --strict, 2 faults, 3 a file cannot be read or the call is wrong.",
		Example: "  whatsapp-courier config check --config courier.yml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "table" && format != "json" {
				return &exitError{couldNotCheck, "--format: must be table or json"}
			}
			config, report, err := judged(cmd.Context(), *files)
			if err != nil {
				return &exitError{couldNotCheck, err.Error()}
			}
			report.Skipped = []doctor.Fact{} // here nothing else was to be looked at
			if config != nil {
				report = config.report()
			}
			if err := writeFindings(cmd.OutOrStdout(), format, report); err != nil {
				return &exitError{couldNotCheck, err.Error()}
			}
			if status := report.ExitStatus(strict); status != 0 {
				return &exitError{status, counted(report)}
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{couldNotCheck, err.Error()} })
	cmd.Flags().StringVar(&format, "format", "table", "table or json")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with status 1 when there are warnings")
	return cmd
}

func printCommand(files *[]string) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Show every setting, without secrets, and where its value comes from",
		Long: "Shows the configuration as serve would use it: of each setting its value, and whether that is the\n" +
			"default or comes from a file, from the environment or from a file of a secret. Secrets, programs in\n" +
			"jsonnet, passwords and queries in URLs are redacted, numbers are masked.",
		Example: "  whatsapp-courier config print --config courier.yml\n" +
			"  whatsapp-courier config print -c courier.yml --format json | jq '.[] | select(.origin != \"default\")'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "yaml" && format != "json" {
				return errors.New("--format: must be yaml or json")
			}
			config, err := LoadConfig(cmd.Context(), *files)
			if err != nil {
				return err // a misspelt setting may be a secret: what is faulty is not shown
			}
			return config.read.print(cmd.OutOrStdout(), format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "yaml", "yaml or json")
	return cmd
}

// judged reads a configuration. Without one, the report says what is wrong with it.
func judged(ctx context.Context, files []string) (*Config, doctor.Report, error) {
	config, err := LoadConfig(ctx, files)
	if faulty, ok := errors.AsType[*ConfigError](err); ok {
		return nil, doctor.Faulty(faulty.Faults), nil
	}
	if err != nil {
		return nil, doctor.Report{}, err
	}
	if _, err := config.database(); err != nil {
		return nil, doctor.Faulty([]string{err.Error()}), nil
	}
	return config, doctor.Report{}, nil
}

// report is what a valid configuration gives cause to say.
func (c *Config) report() doctor.Report {
	r := doctor.Report{Findings: []doctor.Finding{}, Facts: []doctor.Fact{{Where: "configuration", What: "valid"}}, Skipped: []doctor.Fact{}}
	for _, name := range c.unknownVariables {
		r.Findings = append(r.Findings, doctor.Finding{
			Severity: doctor.Warning, Where: name, What: "the variable looks like a setting and is none: it changes nothing",
			Do: "look for a misspelt name",
		})
	}
	if c.DSN == "memory" {
		r.Findings = append(r.Findings, doctor.Finding{
			Severity: doctor.Warning, Where: "dsn", What: "deliveries, limits and denied numbers are forgotten at the end of the process",
			Do: "set dsn to a file or to a database in production",
		})
	}
	return r
}
