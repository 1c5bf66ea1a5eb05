package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/spf13/cobra"
)

func deliveriesCommand() *cobra.Command {
	return group("deliveries", "See what became of deliveries, cancel and resend them",
		"See what became of deliveries, follow them live, cancel and resend them. Numbers are masked, codes never shown.",
		func(o *options) []*cobra.Command {
			return []*cobra.Command{listCommand(o), watchCommand(o), {
				Use:   "show ID",
				Short: "Show one delivery with its timeline",
				Args:  cobra.ExactArgs(1),
				RunE:  run(o, showDelivery(http.MethodGet, "", nil)),
			}, {
				Use:   "cancel ID",
				Short: "Send nothing more of a delivery",
				Long:  "Ends a delivery while its code lives. Kratos still takes the code from someone who has it already.",
				Args:  cobra.ExactArgs(1),
				RunE:  run(o, showDelivery(http.MethodPost, "cancel", nil)),
			}, resendCommand(o)}
		})
}

// showDelivery asks for one delivery, or for something to be done about it, and shows
// it as it is then.
func showDelivery(method, action string, body any) func(context.Context, *session, []string) error {
	return func(ctx context.Context, s *session, args []string) error {
		var d delivery
		answer, err := s.get(ctx, method, path.Join("deliveries", url.PathEscape(args[0]), action), nil, body, &d)
		if err != nil {
			return err
		}
		return s.show(answer, d.details)
	}
}

func resendCommand(o *options) *cobra.Command {
	var channel string
	cmd := &cobra.Command{
		Use:   "resend ID",
		Short: "Send the code of a delivery by SMS now",
		Long: "Sends the code by SMS at once, though WhatsApp may still deliver it: while the code lives, once, and inside the\n" +
			"budgets. `deliveries watch ID` shows what becomes of it.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(o, showDelivery(http.MethodPost, "resend", map[string]string{"channel": channel}))(cmd, args)
		},
	}
	cmd.Flags().StringVar(&channel, "channel", "sms", "sms: on WhatsApp a code is sent once")
	complete(cmd, "channel", "sms")
	return cmd
}

// filters are the flags of a list.
type filters struct {
	query            map[string]*string
	from, to, number string
}

func (f *filters) register(cmd *cobra.Command) {
	f.query = make(map[string]*string)
	for _, flag := range []struct {
		name, usage string
		values      []string
	}{
		{"state", "states with commas between them, such as failed,expired", []string{
			"accepted", "sending", "sent", "fallback", "delivered", "read", "handed_over", "failed", "expired", "cancelled", "superseded", "suppressed",
		}},
		{"purpose", "login, registration, verification or recovery", []string{"login", "registration", "verification", "recovery"}},
		{"country", "country of the number (ISO 3166-1 alpha-2), such as BR", nil},
		{"channel", "with an attempt on whatsapp or sms", []string{"whatsapp", "sms"}},
		{"code", "with an attempt that failed with this code of its provider", nil},
	} {
		f.query[flag.name] = cmd.Flags().String(flag.name, "", flag.usage)
		complete(cmd, flag.name, flag.values...)
	}
	cmd.Flags().StringVar(&f.from, "from", "", "accepted at this instant (RFC 3339) or later, or no longer ago than this, such as 2h")
	cmd.Flags().StringVar(&f.to, "to", "", "accepted before this instant, or longer ago than this")
	cmd.Flags().StringVar(&f.number, "number", "", "to this number; - reads it from standard input, and leaves it out of the shell's history")
}

// asker asks for a page of a list.
type asker func(ctx context.Context, limit int, cursor string) (page, error)

// bodyOf is the body that selects a number, which it reads where --number says; nil
// without one.
func (f *filters) bodyOf(s *session) (any, error) {
	if f.number == "" {
		return nil, nil
	}
	phones, err := s.numbers([]string{f.number})
	if err != nil {
		return nil, fmt.Errorf("--number: %w", err)
	}
	return ofNumber(phones[0]), nil
}

// ask returns what asks for the pages that the filters select now.
func (f *filters) ask(s *session, body any) (asker, error) {
	query := url.Values{}
	for name, value := range f.query {
		if *value != "" {
			query.Set(name, *value)
		}
	}
	for name, text := range map[string]string{"from": f.from, "to": f.to} {
		if text == "" {
			continue
		}
		at, err := moment(text, s.now())
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", name, err)
		}
		query.Set(name, at.Format(time.RFC3339Nano))
	}
	method, at := http.MethodGet, "deliveries"
	if body != nil {
		method, at = http.MethodPost, "deliveries/search"
	}
	return func(ctx context.Context, limit int, cursor string) (page, error) {
		query.Set("limit", fmt.Sprint(limit))
		query.Set("cursor", cursor)
		var p page
		_, err := s.get(ctx, method, at, query, body, &p)
		return p, err
	}, nil
}

// moment is an instant, or so long before now.
func moment(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("must be an instant such as %s, or a duration such as 2h", now.UTC().Format(time.RFC3339))
	}
	return at.UTC(), nil
}

// page is a page of a list, each delivery as it came.
type page struct {
	Deliveries []json.RawMessage `json:"deliveries"`
	Next       string            `json:"next"`
}

// read reads the deliveries of a page.
func (p page) read() ([]delivery, error) {
	all := make([]delivery, len(p.Deliveries))
	for i, text := range p.Deliveries {
		if err := json.Unmarshal(text, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// pageLimit is the longest page that the API gives.
const pageLimit = 500

func listCommand(o *options) *cobra.Command {
	var f filters
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List deliveries, newest first",
		Example: "  whatsapp-courier deliveries list --state failed,expired --from 24h\n" +
			"  whatsapp-courier deliveries list --country BR --code 131026 --format json\n" +
			"  whatsapp-courier deliveries list --number -",
		Args: cobra.NoArgs,
		RunE: run(o, func(ctx context.Context, s *session, _ []string) error {
			if limit < 1 {
				return fmt.Errorf("--limit: must be at least 1")
			}
			body, err := f.bodyOf(s)
			if err != nil {
				return err
			}
			ask, err := f.ask(s, body)
			if err != nil {
				return err
			}
			found, err := collect(ctx, ask, limit)
			if err != nil {
				return err
			}
			deliveries, err := found.read()
			if err != nil {
				return err
			}
			answer, err := json.Marshal(found)
			if err != nil {
				return err
			}
			return s.show(answer, func(w io.Writer) {
				heading(w)
				for _, d := range deliveries {
					d.listed(w)
				}
			})
		}),
	}
	f.register(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "how many deliveries to list at most")
	return cmd
}

// collect follows the cursor until there are enough, or no more. Pages may be empty
// though there is a next one.
func collect(ctx context.Context, ask asker, limit int) (page, error) {
	all := page{Deliveries: []json.RawMessage{}}
	for {
		p, err := ask(ctx, min(limit-len(all.Deliveries), pageLimit), all.Next)
		if err != nil {
			return all, err
		}
		all.Deliveries, all.Next = append(all.Deliveries, p.Deliveries...), p.Next
		if p.Next == "" || len(all.Deliveries) >= limit {
			return all, nil
		}
	}
}
