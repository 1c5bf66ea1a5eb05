// Command demo runs Kratos, the courier, a mock of Meta and a sign-in page on
// this machine, and logs in once. `make demo` builds what it needs.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/deploy/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// A second Ctrl-C ends the demo at once; the kernel then ends its children.
	context.AfterFunc(ctx, stop)

	o := demo.Options{Out: os.Stdout}
	cmd := &cobra.Command{
		Use:           "demo",
		Short:         "Run Kratos, the courier, a mock of Meta and a sign-in page, and log in once",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return demo.Run(cmd.Context(), o) },
	}
	cmd.Flags().BoolVar(&o.Once, "once", false, "stop after the login; the exit status says whether it worked")
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1)
	}
}
