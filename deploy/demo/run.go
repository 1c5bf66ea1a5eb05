package demo

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// logLines is how much of a log an error shows.
const logLines = 20

// demoPhone is invented: numbers of this range are kept for films.
const demoPhone = "+12025550100"

// Options are what a person can choose.
type Options struct {
	// Once ends the demo after the login that it makes by itself.
	Once bool
	// Out is where the demo says what happens.
	Out io.Writer
}

// Run runs the demo until ctx ends, which is no error unless the automatic login
// was still to come. It returns after everything that it started has stopped.
func Run(ctx context.Context, o Options) (err error) {
	say := progress{o.Out}
	if err := errors.Join(testkit.CheckBinaries(), usualPorts().check()); err != nil {
		return err
	}
	say.line("Starting")
	started := time.Now()
	s, err := raise(ctx, usualPorts(), say)
	if err != nil {
		return stopped(ctx, err)
	}
	defer func() {
		say.line("\nStopping")
		// ctx has ended already when the person pressed Ctrl-C.
		err = errors.Join(err, s.close(context.WithoutCancel(ctx)))
	}()

	say.line("\nOne login, through Kratos' API")
	if err := s.login(ctx, demoPhone, say); err != nil {
		return stopped(ctx, errors.Join(s.alive(), err))
	}
	say.line("\nIt works: %.1f s from nothing to signed in.", time.Since(started).Seconds())
	if o.Once {
		return nil
	}
	s.invite(say)
	return s.watch(ctx)
}

// invite says what to open and what to try.
func (s *stage) invite(say progress) {
	say.line(`
Now you. Open both, side by side:
  %s   the sign-in page (any valid number will do, such as +1 415 555 0123)
  %s   the phones

Try on the phones' page: "not on WhatsApp" sends the next code by SMS at once,
"switched off" after 30 s. The fourth code for a number within 10 minutes is held back.
What became of each code, as operators see it:
  curl -H 'X-API-Key: %s' %s/admin/deliveries

Logs: %s
      %s
      %s
Ctrl-C stops everything.`,
		s.pageURL, s.mock.ControlURL, s.courier.AdminKey, s.courier.PrivateURL,
		s.kratos.LogFile(), s.courier.LogFiles()[0], s.mock.LogFile())
}

// errStopped says that a person ended the demo before it could show anything.
var errStopped = errors.New("stopped before the login was made")

// stopped leaves out what only follows from an end that someone wanted.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errStopped
	}
	return err
}
