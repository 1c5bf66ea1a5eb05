package app

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Supervisor is who started this process and wants to hear how it is: systemd, for a
// unit of Type=notify.
type Supervisor interface {
	// Notify says a state in the words of sd_notify(3), such as READY=1.
	Notify(state string) error
	// WatchdogEvery is how often it wants to hear WATCHDOG=1; 0 is never.
	WatchdogEvery() time.Duration
}

// systemd is the supervisor that the environment names; without one, nothing is sent.
type systemd struct{}

func (systemd) Notify(state string) error {
	_, err := daemon.SdNotify(false, state)
	return err
}

// WatchdogEvery is half of WatchdogSec=, as sd_watchdog_enabled(3) advises.
func (systemd) WatchdogEvery() time.Duration {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return 0
	}
	return limit / 2
}

// tell says a state to the supervisor. That it cannot be told is no reason to stop.
func (a *App) tell(state string) {
	if err := a.supervisor.Notify(state); err != nil {
		a.log.WithError(err).WithField("state", state).Warn("systemd could not be told.")
	}
}

// feedWatchdog tells the supervisor that the store can be written, until ctx ends. A
// courier that can take no message is started again.
func (a *App) feedWatchdog(ctx context.Context) {
	every := a.supervisor.WatchdogEvery()
	if every <= 0 {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := a.store.Ready(ctx); err != nil {
				a.log.WithError(err).Error("The store cannot be written: the watchdog is not fed.")
				continue
			}
			a.tell(daemon.SdNotifyWatchdog)
		}
	}
}
