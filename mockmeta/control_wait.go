package mockmeta

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// maxWait bounds one waiting request; clients repeat it.
const maxWait = time.Minute

func filterOf(r *http.Request) client.Filter {
	q := r.URL.Query()
	return client.Filter{To: q.Get("to"), Channel: q.Get("channel")}
}

func waitContext(r *http.Request) (context.Context, context.CancelFunc, error) {
	span := 10 * time.Second
	if raw := r.URL.Query().Get("timeout"); raw != "" {
		d, err := time.ParseDuration(raw)
		if err != nil || d < 0 {
			return nil, nil, badRequest("timeout: not a duration such as 10s: %q", raw)
		}
		span = min(d, maxWait)
	}
	ctx, cancel := context.WithTimeout(r.Context(), span)
	return ctx, cancel, nil
}

// controlWaitMessages answers when at least count messages match, or with 408
// and those that do.
func (s *Server) controlWaitMessages(r *http.Request) (any, error) {
	count := 1
	if raw := r.URL.Query().Get("count"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 {
			return nil, badRequest("count: not a positive number: %q", raw)
		}
		count = n
	}
	ctx, cancel, err := waitContext(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	var found []client.Message
	met := s.waitUntil(ctx, func() bool {
		found = s.journal.list(filterOf(r))
		return len(found) >= count
	})
	answer := map[string]any{"messages": found}
	if !met {
		return nil, &controlError{status: http.StatusRequestTimeout, msg: fmt.Sprintf("there are %d messages, not %d", len(found), count), extra: answer}
	}
	return answer, nil
}

// controlWaitStatus answers when the webhook of a status was answered with 200,
// or with 408 and the message as it is.
func (s *Server) controlWaitStatus(r *http.Request) (any, error) {
	id, name := r.URL.Query().Get("id"), r.URL.Query().Get("status")
	if id == "" || name == "" {
		return nil, badRequest("id and status are needed")
	}
	ctx, cancel, err := waitContext(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	var found *client.Message
	met := s.waitUntil(ctx, func() bool {
		rec := s.journal.find(id)
		if rec == nil {
			return false
		}
		m := rec.copy()
		found = &m
		st, ok := m.Status(name)
		return ok && st.Webhook == http.StatusOK
	})
	answer := map[string]any{"message": found}
	if !met {
		return nil, &controlError{status: http.StatusRequestTimeout, msg: "the webhook of " + name + " was not answered with 200 yet", extra: answer}
	}
	return answer, nil
}
