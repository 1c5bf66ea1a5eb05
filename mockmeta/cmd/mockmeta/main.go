// Command mockmeta runs a mock of Meta's WhatsApp Cloud API with simulated
// phones and a Twilio-compatible SMS side.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker; "" leaves it to what Go noted.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "mockmeta:", err)
		os.Exit(1)
	}
}
