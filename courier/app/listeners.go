package app

import (
	"context"
	"errors"
	"net/http"
)

// The listeners' names.
const (
	private = "private"
	public  = "public"
)

// listeners are those that a process has open, the private one first.
type listeners []*server

// open adds one. If that fails, none is left open.
func (l *listeners) open(ctx context.Context, name string, at Listener, handler http.Handler) error {
	s, err := listen(ctx, name, at, handler)
	if err != nil {
		return errors.Join(err, l.close())
	}
	*l = append(*l, s)
	return nil
}

// stop lets requests under way finish until ctx ends: Meta's reports are taken to the
// last, and Kratos may turn to another replica.
func (l *listeners) stop(ctx context.Context) (err error) {
	for _, s := range *l {
		err = errors.Join(err, s.stop(ctx))
	}
	return err
}

// close gives up listeners that serve nothing yet.
func (l *listeners) close() (err error) {
	for _, s := range *l {
		err = errors.Join(err, s.listener.Close())
	}
	return err
}

// Addresses are where the listeners are, with real ports; "" is one that this process
// does not have.
type Addresses struct {
	Private string `json:"private"`
	Public  string `json:"public"`
}

// Addresses tells where the app listens.
func (a *App) Addresses() (all Addresses) {
	for _, s := range a.listeners {
		if s.name == private {
			all.Private = s.address()
		} else {
			all.Public = s.address()
		}
	}
	return all
}
