package world

import (
	"context"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// answered is what a receiver of webhooks answers when it has taken one.
const answered = 200

// WaitForMessages waits until at least n messages match, or ctx ends, and
// returns those that do.
func (j Journal) WaitForMessages(ctx context.Context, f client.Filter, n int) (list []client.Message, met bool) {
	met = j.wait(ctx, func(s *state) bool {
		list = s.journal.list(f)
		return len(list) >= n
	})
	return list, met
}

// WaitForStatus waits until the webhook of a status was answered with 200, or
// ctx ends. It returns the message as it is then, or nil.
func (j Journal) WaitForStatus(ctx context.Context, id, status string) (found *client.Message, met bool) {
	met = j.wait(ctx, func(s *state) bool {
		rec := s.journal.find(id)
		if rec == nil {
			return false
		}
		m := rec.copy()
		found = &m
		st, ok := m.Status(status)
		return ok && st.Webhook == answered
	})
	return found, met
}

// wait blocks until done says so or ctx ends.
func (j Journal) wait(ctx context.Context, done func(*state) bool) bool {
	for {
		var met bool
		var changed <-chan struct{}
		j.do(func(s *state) { met, changed = done(s), s.journal.changed })
		if met {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}
