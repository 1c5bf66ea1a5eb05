package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// How long a process may take to become ready, and to stop after SIGTERM.
const (
	readyWithin = 30 * time.Second
	stopWithin  = 15 * time.Second
	pollEvery   = 10 * time.Millisecond
	// attachWithin is how long what runs already may take to answer.
	attachWithin = 5 * time.Second
)

// Process is a child process in a process group of its own. Its output goes
// straight into a log file, so nothing is lost when it is killed.
type Process struct {
	name string
	bin  string
	args []string
	log  string
	env  []string // nil: that of this process

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
}

// newProcess describes a process without starting it.
func newProcess(name, bin, dir string, args ...string) *Process {
	return &Process{name: name, bin: bin, args: args, log: filepath.Join(dir, name+".log")}
}

// start runs the process and waits until ready returns nil. When the process
// ends first, or ctx or 30 seconds end, the error holds ready's last complaint
// and the tail of the log, and nothing is left running.
func (p *Process) start(ctx context.Context, ready func(context.Context) error) error {
	if err := p.launch(); err != nil {
		return err
	}
	if err := p.await(ctx, ready); err != nil {
		return errors.Join(err, p.Kill())
	}
	return nil
}

func (p *Process) launch() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of %s: %w", p.name, err)
	}
	defer log.Close()

	// The context of the caller bounds the start only, so it is not the command's.
	cmd := exec.Command(p.bin, p.args...)
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr, cmd.Env = log, log, ownGroup(), p.env
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	done := make(chan struct{})
	p.cmd, p.done = cmd, done
	go func() {
		_ = cmd.Wait() // The exit status stays readable in ProcessState.
		close(done)
	}()
	return nil
}

func (p *Process) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended():
			return fmt.Errorf("%s ended before it was ready (exit status %d)\n%s", p.name, p.ExitCode(), p.LogTail(20))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready (%w): %w\n%s", p.name, ctx.Err(), err, p.LogTail(20))
		case <-tick.C:
		}
	}
}

// Stop asks the process group to end with SIGTERM and kills it when ctx or 15
// seconds end first; that is an error. Stopping what does not run is not.
func (p *Process) Stop(ctx context.Context) error {
	if !p.Running() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	ended := p.ended()
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return errors.Join(
			fmt.Errorf("%s did not stop on SIGTERM (%w), so it was killed\n%s", p.name, ctx.Err(), p.LogTail(20)),
			p.Kill())
	}
}

// HangUp sends SIGHUP, as a terminal that closes does.
func (p *Process) HangUp() error { return p.signal(syscall.SIGHUP) }

// Kill ends the process group with SIGKILL, as a crash would, and waits until
// the process is gone. Killing what does not run is no error.
func (p *Process) Kill() error {
	if !p.Running() {
		return nil
	}
	ended := p.ended()
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-ended
	return nil
}

// ended is closed when the run that is the latest now has ended. Another one may begin
// at any time.
func (p *Process) ended() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// Running reports whether the process was started and has not ended.
func (p *Process) Running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// ExitCode is the exit status of the last run, or -1 while it runs and when a
// signal ended it.
func (p *Process) ExitCode() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.ProcessState == nil {
		return -1
	}
	return p.cmd.ProcessState.ExitCode()
}

// LogFile is where the process writes stdout and stderr, over all its runs.
func (p *Process) LogFile() string { return p.log }

// LogTail returns the last lines of the log under a heading, for error texts.
func (p *Process) LogTail(lines int) string {
	const enough = 64 << 10
	f, err := os.Open(p.log)
	if err != nil {
		return fmt.Sprintf("--- no log of %s: %v", p.name, err)
	}
	defer f.Close()
	if size, err := f.Seek(0, io.SeekEnd); err == nil {
		_, _ = f.Seek(max(0, size-enough), io.SeekStart)
	}
	text, _ := io.ReadAll(f) // A short read still shows something.
	all := strings.Split(string(bytes.TrimSpace(text)), "\n")
	return fmt.Sprintf("--- last lines of %s\n%s", filepath.Base(p.log), strings.Join(all[max(0, len(all)-lines):], "\n"))
}

// PID is the process id of the newest run.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Pid
}

func (p *Process) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("send %s to %s: %w", s, p.name, err)
	}
	return nil
}
