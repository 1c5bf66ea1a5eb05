package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// linesFile is the file that a child says its lines on.
const linesFile = 3

// stopsWithin is how long a child may take to end after it was asked to.
const stopsWithin = 15 * time.Second

// Lines is where a child says its lines.
func Lines() io.Writer { return os.NewFile(linesFile, "lines") }

// child is one process of a shard.
type child struct {
	number int
	job    job
	// left are the specs without an outcome; those that end are taken out.
	left map[string]bool
	run  *run
	// running is the spec that had begun and not ended when the process did.
	running string
}

// start runs the process to its end, and says how it ended and the last that it
// printed.
func (c *child) start(ctx context.Context) (how, printed string) {
	read, write, err := os.Pipe()
	if err != nil {
		return err.Error(), ""
	}
	defer read.Close()
	told, err := json.Marshal(c.job)
	if err != nil {
		return err.Error(), ""
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o := c.run.options
	cmd := exec.CommandContext(ctx, o.Program, o.Args...)
	output := &tail{}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(told), output, output
	cmd.Env = append(os.Environ(), o.Env...)
	cmd.ExtraFiles = []*os.File{write}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopsWithin
	err = cmd.Start()
	write.Close()
	if err != nil {
		return err.Error(), ""
	}
	hanging := time.AfterFunc(o.Quiet, func() {
		output.add("nothing happened for " + o.Quiet.String() + ", so it was stopped")
		cancel()
	})
	defer hanging.Stop()
	lines := json.NewDecoder(read)
	for {
		var l line
		if err := lines.Decode(&l); err != nil {
			break // It has ended; how says Wait.
		}
		hanging.Reset(o.Quiet)
		c.take(l)
	}
	how = "it said nothing more"
	if err := cmd.Wait(); err != nil {
		how = err.Error()
	}
	return how, output.String()
}

func (c *child) take(l line) {
	switch {
	case l.Begins != "":
		c.running = l.Begins
		c.run.options.Progress.begins(c.number, l.Begins)
	case l.Ended != nil:
		c.running = ""
		delete(c.left, l.Ended.Name)
		c.run.add(c.number, *l.Ended)
	case l.Broken != "":
		c.run.broken(l.Broken)
	case l.Promise != nil:
		c.run.late(c.number, l.Promise.Spec, l.Promise.How)
	case l.Fault != "":
		c.run.fault(l.Fault)
	}
}

// tail keeps the last that a process printed.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailBytes):]
	return len(p), nil
}

func (t *tail) add(text string) { _, _ = t.Write([]byte("\n" + text)) }

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
