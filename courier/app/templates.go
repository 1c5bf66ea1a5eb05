package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/templates"
)

// Exit statuses of the commands about templates, beside 0 and 1.
const (
	needsYou     = 2
	wouldChange  = 3
	stillReviews = 4
)

const templateExits = "Exit status: 0 done, and nothing is left to do; 1 a fault, or a wrong call; 2 a language needs you: Meta has\n" +
	"rejected or blocked it; 3 there are changes that were shown and not made; 4 Meta's review has not ended."

// templateFlags are those of all commands about templates.
type templateFlags struct {
	files  []string
	format string
}

func templatesCommand(version string) *cobra.Command {
	var f templateFlags
	cmd := &cobra.Command{
		Use:   "templates",
		Short: "Make the authentication template at Meta as the configuration has it",
		Long: "Reads whatsapp.template of the configuration, and makes that template at Meta in every language of it.\n" +
			"Templates of other names, and languages that the configuration does not name, are never touched.\n\n" + templateExits,
		Args: cobra.NoArgs,
	}
	flags := cmd.PersistentFlags()
	flags.StringSliceVarP(&f.files, "config", "c", nil, "YAML file with the configuration; later files win, the environment wins over all")
	flags.StringVar(&f.format, "format", "table", "table or json")
	cmd.AddCommand(listTemplates(version, &f), planTemplates(version, &f), applyTemplates(version, &f), deleteTemplates(version, &f))
	return cmd
}

// templateCall is one call of a command about templates.
type templateCall struct {
	account templates.Account
	wanted  templates.Wanted
	plan    templates.Plan
}

// onTemplates reads the configuration and what Meta has, and goes on with both.
func onTemplates(version string, f *templateFlags, do func(*cobra.Command, templateCall) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		if f.format != "table" && f.format != "json" {
			return errors.New("--format: must be table or json")
		}
		config, err := LoadConfig(cmd.Context(), f.files)
		if err != nil {
			return err
		}
		call := templateCall{wanted: config.wantedTemplate()}
		if call.account, err = config.templateAccount(cmd.Context(), version); err != nil {
			return err
		}
		if call.plan, err = templates.Read(cmd.Context(), call.account, call.wanted); err != nil {
			return err
		}
		return do(cmd, call)
	}
}

// templateAccount is the business account that the template belongs to.
func (c *Config) templateAccount(ctx context.Context, version string) (templates.Account, error) {
	if !c.uses(courier.WhatsApp) {
		return templates.Account{}, errors.New("fallback.mode: is sms_only, which needs no template")
	}
	w := c.WhatsApp
	proxy, err := exchange.ParseProxyURL(w.ProxyURL.Reveal())
	if err != nil {
		return templates.Account{}, err // LoadConfig has refused it
	}
	client := graph.New(graph.Config{
		BaseURL: w.BaseURL, APIVersion: w.APIVersion, AccessToken: w.AccessToken, AppSecret: w.AppSecrets[0],
		HTTP: exchange.New(exchange.Options{
			Timeout: w.Timeout, ConnectTimeout: w.Connect, TLSTimeout: w.TLS, FirstByteTimeout: w.FirstByte,
			UserAgent: userAgent(version), Proxy: proxy,
		}),
	})
	account := w.BusinessAccountID
	if account == "" {
		token, _, err := client.DescribeToken(ctx)
		if err != nil {
			return templates.Account{}, graph.Explain(err, "whatsapp.access_token", "the access token")
		}
		if account = token.OnlyAccount(); account == "" {
			return templates.Account{}, errors.New("whatsapp.business_account_id: set it: the token does not name one account only")
		}
	}
	return templates.Account{Client: client, ID: account}, nil
}

func listTemplates(version string, f *templateFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Show what Meta has, and where it differs from the configuration",
		Args:  cobra.NoArgs,
		RunE: onTemplates(version, f, func(cmd *cobra.Command, call templateCall) error {
			return writeTemplates(cmd.OutOrStdout(), f.format, call, listOfTemplates)
		}),
	}
}

func planTemplates(version string, f *templateFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would change, and change nothing",
		Long:  "Shows what apply would change, and changes nothing.\n\n" + templateExits,
		Args:  cobra.NoArgs,
		RunE: onTemplates(version, f, func(cmd *cobra.Command, call templateCall) error {
			if err := writeTemplates(cmd.OutOrStdout(), f.format, call, differencesOfTemplates); err != nil {
				return err
			}
			return planned(call.plan)
		}),
	}
}

func applyTemplates(version string, f *templateFlags) *cobra.Command {
	var wait templates.Waiting
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Make and change what plan shows, and wait for Meta's review",
		Long: "Makes the languages that are missing and changes those that differ, in one request, and waits until Meta has\n" +
			"reviewed them. What Meta has not approved it does not deliver; people get another language or an SMS meanwhile. It takes\n" +
			"one change of an approved template a day, and ten in 30 days.\n\n" + templateExits,
		Example: "  whatsapp-courier templates apply --config courier.yml --wait 30m",
		Args:    cobra.NoArgs,
		RunE: onTemplates(version, f, func(cmd *cobra.Command, call templateCall) error {
			if wait.For < 0 || wait.Every <= 0 {
				return errors.New("--wait must not be negative, and --every must be longer than 0s")
			}
			changed := call.plan.Languages(templates.Create, templates.Update)
			if f.format == "table" {
				if err := differencesOfTemplates(cmd.OutOrStdout(), call); err != nil {
					return err
				}
			}
			wait.Progress = reviewProgress(cmd.ErrOrStderr())
			after, err := templates.Apply(cmd.Context(), call.account, call.wanted, call.plan, wait)
			inReview := errors.Is(err, templates.ErrInReview)
			if err != nil && !inReview {
				return err
			}
			call.plan = after
			if err := writeApplied(cmd.OutOrStdout(), f.format, call, changed); err != nil {
				return err
			}
			if inReview {
				return &exitError{stillReviews, "Meta's review has not ended after " + wait.For.String() + "; look again with: whatsapp-courier templates list"}
			}
			if unusable := after.Unusable(); len(unusable) > 0 {
				return &exitError{needsYou, "Meta does not deliver the template in " + strings.Join(unusable, ", ")}
			}
			return planned(after)
		}),
	}
	cmd.Flags().DurationVar(&wait.For, "wait", 10*time.Minute, "how long to wait for Meta's review at most; 0s does not wait")
	cmd.Flags().DurationVar(&wait.Every, "every", 5*time.Second, "how often to look; Meta may allow as few as 200 requests an hour")
	return cmd
}

func deleteTemplates(version string, f *templateFlags) *cobra.Command {
	var languages []string
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete",
		Short: "Delete the template at Meta",
		Long: "Deletes the template of the configuration in the languages that it names, or in those of --language. Without\n" +
			"--yes it only shows them. Meta lets no template of that name be made for 30 days after the last one is gone.\n\n" + templateExits,
		Example: "  whatsapp-courier templates delete --config courier.yml --language it --yes",
		Args:    cobra.NoArgs,
		RunE: onTemplates(version, f, func(cmd *cobra.Command, call templateCall) error {
			steps, err := named(call, languages)
			if err != nil {
				return err
			}
			call.plan.Steps = steps
			if err := writeTemplates(cmd.OutOrStdout(), f.format, call, listOfTemplates); err != nil {
				return err
			}
			switch {
			case len(steps) == 0:
				return nil
			case !yes:
				return &exitError{wouldChange, "nothing was deleted; add --yes to delete the template in these languages"}
			}
			return templates.Delete(cmd.Context(), call.account, call.wanted.Name, steps)
		}),
	}
	cmd.Flags().StringSliceVar(&languages, "language", nil, "delete this language only; may be repeated, and may be one that the configuration does not name")
	cmd.Flags().BoolVar(&yes, "yes", false, "delete, not only show")
	return cmd
}

// named are the languages to delete that Meta has: those of the configuration, unless
// others are named.
func named(call templateCall, languages []string) ([]templates.Step, error) {
	steps := []templates.Step{}
	for _, s := range call.plan.Steps {
		if s.ID != "" && (slices.Contains(languages, s.Language) || len(languages) == 0 && s.Action != templates.Ignore) {
			steps = append(steps, s)
		}
	}
	for _, l := range languages {
		if !slices.ContainsFunc(steps, func(s templates.Step) bool { return s.Language == l }) {
			return nil, fmt.Errorf("--language: Meta has no template %q in %s", call.wanted.Name, l)
		}
	}
	return steps, nil
}

// planned is the exit status of a plan.
func planned(p templates.Plan) error {
	switch {
	case len(p.Languages(templates.Blocked)) > 0:
		return &exitError{needsYou, p.Summary()}
	case len(p.Languages(templates.Create, templates.Update)) > 0:
		return &exitError{wouldChange, p.Summary()}
	}
	return nil
}
