package testkit

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
)

// ErrNoFillableDisk says that this machine cannot make a disk full for one
// process.
var ErrNoFillableDisk = errors.New("no prlimit(1) and env(1) --block-signal here, as Linux has them")

// fillable starts a program so that a limit of its files' size can stand in for
// a full disk: its writes then fail as they do there. The signal that would end
// the program instead is blocked. That needs no rights and no mount.
func fillable(bin string, args []string) (string, []string, error) {
	if _, err := exec.LookPath("prlimit"); err != nil {
		return "", nil, ErrNoFillableDisk
	}
	block := []string{"--block-signal=XFSZ"}
	if err := exec.Command("env", append(block, "true")...).Run(); err != nil {
		return "", nil, ErrNoFillableDisk
	}
	env, err := exec.LookPath("env")
	return env, append(append(block, bin), args...), err
}

// FillDisk lets every write of the courier's files fail, as on a full disk. The
// courier must have been started with Fillable.
func (c *Courier) FillDisk(ctx context.Context) error { return c.limitFiles(ctx, "1024:") }

// FreeDisk makes room again.
func (c *Courier) FreeDisk(ctx context.Context) error { return c.limitFiles(ctx, "unlimited:") }

func (c *Courier) limitFiles(ctx context.Context, size string) error {
	for _, p := range c.group {
		out, err := exec.CommandContext(ctx, "prlimit", "--pid", strconv.Itoa(p.PID()), "--fsize="+size).CombinedOutput() // #nosec G204 -- our own words.
		if err != nil {
			return fmt.Errorf("limit the courier's files: %w: %s", err, out)
		}
	}
	return nil
}
