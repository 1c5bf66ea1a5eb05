package testkit

import (
	"context"
	"errors"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"
)

// group is processes that are started, stopped and killed together. Most couriers are
// one.
type group []*Process

// start runs all processes and waits until each is ready. When one is not, none is
// left running.
func (g group) start(ctx context.Context, ready func(context.Context, int) error) error {
	for _, p := range g {
		if err := p.launch(); err != nil {
			return errors.Join(err, g.Kill())
		}
	}
	all, waiting := errgroup.WithContext(ctx)
	for i, p := range g {
		all.Go(func() error {
			return p.await(waiting, func(ctx context.Context) error { return ready(ctx, i) })
		})
	}
	if err := all.Wait(); err != nil {
		return errors.Join(err, g.Kill())
	}
	return nil
}

// Stop asks all to end with SIGTERM at the same time, and kills those that do not end
// when ctx or 15 seconds end first; that is an error.
func (g group) Stop(ctx context.Context) error {
	var all errgroup.Group
	for _, p := range g {
		all.Go(func() error { return p.Stop(ctx) })
	}
	return all.Wait()
}

// Kill ends all with SIGKILL and waits until they are gone.
func (g group) Kill() error {
	var errs []error
	for _, p := range g {
		errs = append(errs, p.Kill())
	}
	return errors.Join(errs...)
}

// HangUp sends SIGHUP to all.
func (g group) HangUp() error {
	var errs []error
	for _, p := range g {
		errs = append(errs, p.HangUp())
	}
	return errors.Join(errs...)
}

// Running reports whether all run.
func (g group) Running() bool {
	for _, p := range g {
		if !p.Running() {
			return false
		}
	}
	return true
}

// ended reports whether none runs.
func (g group) ended() bool {
	for _, p := range g {
		if p.Running() {
			return false
		}
	}
	return true
}

// ExitCode is the exit status of the last run: of several, the first that is not 0.
func (g group) ExitCode() int {
	for _, p := range g {
		if code := p.ExitCode(); code != 0 {
			return code
		}
	}
	return 0
}

// PID is the process id of the newest run of the first.
func (g group) PID() int { return g[0].PID() }

// LogFiles are where the processes write stdout and stderr, over all their runs.
func (g group) LogFiles() []string {
	files := make([]string, len(g))
	for i, p := range g {
		files[i] = p.LogFile()
	}
	return files
}

// Log is all that the processes have logged, over all their runs.
func (g group) Log() (string, error) {
	var all strings.Builder
	for _, file := range g.LogFiles() {
		raw, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		all.Write(raw)
	}
	return all.String(), nil
}

// LogTail returns the last lines of each log under a heading, for error texts.
func (g group) LogTail(lines int) string {
	tails := make([]string, len(g))
	for i, p := range g {
		tails[i] = p.LogTail(lines)
	}
	return strings.Join(tails, "\n")
}
