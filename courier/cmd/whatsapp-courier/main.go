// Command whatsapp-courier delivers the login codes of Ory Kratos over WhatsApp,
// and by SMS when WhatsApp cannot deliver in time.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/app"
)

// version is set by the linker; "" leaves it to what Go noted.
var version string

func main() {
	// A terminal that closes stops no codes. serve takes it for a wish to reload.
	signal.Ignore(syscall.SIGHUP)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Main(ctx, version, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
