// Command courier-conformance judges a courier of login codes: it runs the
// specs, shows progress, and writes reports that can be shown.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// version is set by the linker; "" leaves it to what Go noted.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := newRootCommand().ExecuteContext(ctx)
	var end exit
	switch {
	case errors.As(err, &end):
		os.Exit(int(end))
	case err != nil:
		fmt.Fprintln(os.Stderr, "courier-conformance:", err)
		os.Exit(verdict.ExitUsage)
	}
}

// exit is a run that has said all there is to say, and its status.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }
