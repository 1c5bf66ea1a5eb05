// Command storm measures what an outage of Meta does to a crowd that logs in.
// `make storm` builds what it needs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/storm"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := storm.Options{Progress: os.Stderr}
	format := "table"
	cmd := &cobra.Command{
		Use:   "storm",
		Short: "Let Meta hang for everyone, and measure what a crowd of logins gets",
		Long: "Let Meta hang for everyone, and measure what a crowd of logins gets.\n\n" +
			"It ends with 2 when a person got no message, or two on one channel, or when operators were never told; with 1 when it could not measure.",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "table" && format != "json" {
				return fmt.Errorf("--format: %q is neither table nor json", format)
			}
			if o.Rate < 1 || o.Span < time.Second || o.Calm < 0 || o.Hang < 0 {
				return errors.New("--rate must be at least 1 and --span at least 1s; --calm and --hang must not be negative")
			}
			f, err := storm.Run(cmd.Context(), o)
			if err != nil {
				return err
			}
			if format == "json" {
				err = json.NewEncoder(os.Stdout).Encode(f)
			} else {
				_, err = fmt.Print(f)
			}
			return errors.Join(err, f.Verdict())
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.Rate, "rate", 50, "codes a second")
	flags.DurationVar(&o.Span, "span", 4*time.Minute, "how long the outage lasts")
	flags.DurationVar(&o.Calm, "calm", 10*time.Second, "how long codes are posted before it")
	flags.DurationVar(&o.Hang, "hang", 12*time.Second, "how long Meta answers nothing before it cuts a connection")
	flags.StringVar(&format, "format", format, "table or json")
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "storm:", err)
		stop()
		if errors.Is(err, storm.ErrPromise) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}
