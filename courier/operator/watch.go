package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func watchCommand(o *options) *cobra.Command {
	var f filters
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "watch [ID]",
		Short: "Follow deliveries live",
		Long: "Prints a line whenever a delivery has changed, until Ctrl-C; with an ID, until that one has ended. It begins with\n" +
			"what was accepted in the last 10 minutes, unless --from says otherwise.",
		Example: "  whatsapp-courier deliveries watch --country BR\n  whatsapp-courier deliveries watch 01a1fbef-db4c-7962-b793-22d67237c625",
		Args:    cobra.MaximumNArgs(1),
		RunE: run(o, func(ctx context.Context, s *session, args []string) error {
			if every < time.Second {
				return errors.New("--every: must be at least 1s")
			}
			if len(args) == 1 {
				return s.watch(ctx, every, s.one(args[0]))
			}
			if f.from == "" {
				f.from = watchedFor.String()
			}
			body, err := f.bodyOf(s)
			if err != nil {
				return err
			}
			return s.watch(ctx, every, func(ctx context.Context) ([]json.RawMessage, bool, error) {
				ask, err := f.ask(s, body) // --from may be so long ago
				if err != nil {
					return nil, true, err
				}
				p, err := collect(ctx, ask, watchedAtOnce)
				return p.Deliveries, false, err
			})
		}),
	}
	f.register(cmd)
	cmd.Flags().DurationVar(&every, "every", 2*time.Second, "how often to look")
	return cmd
}

const (
	// watchedFor is how far back a look goes: longer than most codes live.
	watchedFor = 10 * time.Minute
	// watchedAtOnce bounds the deliveries of one look, the newest first.
	watchedAtOnce = 2000
)

// look returns the deliveries as they are, and whether to look no more.
type look func(context.Context) (deliveries []json.RawMessage, over bool, err error)

// one looks at one delivery until it has ended.
func (s *session) one(id string) look {
	return func(ctx context.Context) ([]json.RawMessage, bool, error) {
		var d delivery
		answer, err := s.get(ctx, http.MethodGet, "deliveries/"+url.PathEscape(id), nil, nil, &d)
		return []json.RawMessage{answer}, !d.EndedAt.IsZero(), err
	}
}

// watch prints what has changed from look to look. A courier that cannot be asked for a
// while is asked again; Ctrl-C is the usual end.
func (s *session) watch(ctx context.Context, every time.Duration, look look) error {
	seen := make(map[string]string)
	for first := true; ; first = false {
		deliveries, over, err := look(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the look was cut short because it is over
		}
		_, refused := errors.AsType[*RefusedError](err)
		switch {
		case err != nil && (first || refused):
			return err
		case err != nil:
			_, _ = fmt.Fprintln(s.err, err)
		}
		next := make(map[string]string, len(deliveries))
		for i := len(deliveries) - 1; i >= 0; i-- { // the oldest first
			if err := s.changed(deliveries[i], seen, next); err != nil {
				return err
			}
		}
		if err == nil {
			seen = next
		}
		if over {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

// changed prints a delivery unless it was seen like this before, and notes it.
func (s *session) changed(text json.RawMessage, seen, next map[string]string) error {
	var d delivery
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	mark := d.mark()
	next[d.ID] = mark
	if seen[d.ID] == mark {
		return nil
	}
	return s.line(text, fmt.Sprintf("%s  %s  %-16s  %-11s  %-12s  %s", clock(s.now()), d.ID, dash(d.To), d.State, d.via(), d.why()))
}

// mark is what a line shows of a delivery: while it is the same, there is no other line.
func (d delivery) mark() string {
	parts := []string{d.State, d.Reason, d.NoSMS, d.NoWhatsApp, d.Alert, fmt.Sprint(d.Repeats, d.UsedAt)}
	for _, a := range d.Attempts {
		parts = append(parts, a.State)
	}
	return strings.Join(parts, " ")
}
