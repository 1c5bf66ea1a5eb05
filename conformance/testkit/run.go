package testkit

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// RunCourier runs the courier's program to its end, with these arguments, and
// returns all that it printed and its exit status.
func RunCourier(ctx context.Context, args ...string) (output string, status int, err error) {
	bin, err := binary("", "COURIER_BIN", "whatsapp-courier")
	if err != nil {
		return "", 0, err
	}
	out, err := exec.CommandContext(ctx, bin, args...).CombinedOutput() // #nosec G204 -- the program under test.
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return string(out), exit.ExitCode(), nil
	}
	if err != nil {
		return "", 0, fmt.Errorf("run the courier: %w\n%s", err, out)
	}
	return string(out), 0, nil
}
