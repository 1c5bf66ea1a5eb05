package operator

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// limits are limits as the API shows them.
type limits struct {
	To      string     `json:"to"`
	Denied  bool       `json:"denied"`
	Absent  *time.Time `json:"not_on_whatsapp_until"`
	Blocked *time.Time `json:"blocked_until"`
	Limits  []struct {
		Name          string    `json:"name"`
		Prefix        string    `json:"prefix"`
		WindowSeconds int       `json:"window_seconds"`
		Max           int       `json:"max"`
		Used          int       `json:"used"`
		Left          int       `json:"left"`
		FreesAt       time.Time `json:"frees_at"`
	} `json:"limits"`
}

func limitsCommand() *cobra.Command {
	return group("limits", "See and reset the limits of messages", "See what is used of limits and budgets, and reset those of a number.",
		func(o *options) []*cobra.Command {
			return []*cobra.Command{
				{
					Use:   "show [NUMBER]",
					Short: "Show what is used, what is left and when it frees",
					Long: "Shows the limits and budgets that are no number's own, or those that the next message to a number needs.\n" +
						"With - the number is read from standard input: what is an argument stays in the shell's history and is seen\n" +
						"in the list of processes.",
					Example: "  whatsapp-courier limits show\n  whatsapp-courier limits show -",
					Args:    cobra.MaximumNArgs(1),
					RunE:    run(o, showLimits),
				},
				{
					Use:     "reset [NUMBER]",
					Short:   "Let a number get codes as if it had got none",
					Long:    "Forgets what the limit of a number has counted, that it is not on WhatsApp, and that it is blocked after a\nsecurity event.\n" + aboutNumbers,
					Example: "  whatsapp-courier limits reset",
					Args:    cobra.MaximumNArgs(1),
					RunE:    run(o, forEach(http.MethodPost, "limits/reset", "may get codes again")),
				},
			}
		})
}

func showLimits(ctx context.Context, s *session, args []string) error {
	if len(args) == 0 {
		var all limits
		answer, err := s.get(ctx, http.MethodGet, "limits", nil, nil, &all)
		if err != nil {
			return err
		}
		return s.show(answer, func(w io.Writer) { tableOfLimits(w, all) })
	}
	phones, err := s.numbers(args)
	if err != nil {
		return err
	}
	for _, phone := range phones {
		var all limits
		answer, err := s.get(ctx, http.MethodPost, "limits/search", nil, ofNumber(phone), &all)
		if err != nil {
			return err
		}
		if err := s.show(answer, func(w io.Writer) {
			row(w, all.To+" "+about(all))
			tableOfLimits(w, all)
		}); err != nil {
			return err
		}
	}
	return nil
}

// about says what is known of a number, in words.
func about(l limits) string {
	switch {
	case l.Denied:
		return "wants no messages (whatsapp-courier numbers allow)"
	case l.Blocked != nil:
		return "gets no codes until " + clock(*l.Blocked) + ", after a security event (whatsapp-courier limits reset)"
	case l.Absent != nil:
		return "is not on WhatsApp; asked again after " + clock(*l.Absent)
	}
	return "gets messages"
}

func tableOfLimits(w io.Writer, all limits) {
	row(w, "LIMIT", "WINDOW", "MAX", "USED", "LEFT", "NEXT FREES AT")
	for _, l := range all.Limits {
		name := l.Name
		if l.Prefix != "" {
			name += " " + l.Prefix
		}
		row(w, name, time.Duration(l.WindowSeconds)*time.Second, l.Max, l.Used, l.Left, clock(l.FreesAt))
	}
}

// forEach asks for the same for each number.
func forEach(method, path, done string) func(context.Context, *session, []string) error {
	return func(ctx context.Context, s *session, args []string) error {
		phones, err := s.numbers(args)
		if err != nil {
			return err
		}
		for _, phone := range phones {
			if _, err := s.ask(ctx, method, path, nil, ofNumber(phone)); err != nil {
				return fmt.Errorf("%s: %w", phone.Masked(), err)
			}
			if err := s.told(map[string]any{"to": phone.Masked(), "done": done}, phone.Masked()+" "+done); err != nil {
				return err
			}
		}
		return nil
	}
}
