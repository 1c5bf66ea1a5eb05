package mockmeta

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// maxWait bounds one waiting request; clients repeat it.
const maxWait = time.Minute

// filterOf reads the filter of a query. A filter that is not understood must not
// match everything.
func filterOf(r *http.Request, others ...string) (client.Filter, error) {
	q := r.URL.Query()
	f := client.Filter{To: q.Get("to"), Channel: q.Get("channel")}
	for name := range q {
		if name != "to" && name != "channel" && !slices.Contains(others, name) {
			return f, badRequest("%q: no such parameter", name)
		}
	}
	if f.To != "" && !meta.IsNumber(f.To) {
		return f, badRequest("to: not a phone number with its country code")
	}
	if f.Channel != "" && f.Channel != client.WhatsApp && f.Channel != client.SMS {
		return f, badRequest("channel: %q is neither %s nor %s", f.Channel, client.WhatsApp, client.SMS)
	}
	return f, nil
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
func (ctl *controlAPI) controlWaitMessages(r *http.Request) (any, error) {
	filter, err := filterOf(r, "count", "timeout")
	if err != nil {
		return nil, err
	}
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
	met := ctl.waitUntil(ctx, func() bool {
		found = ctl.journal.list(filter)
		return len(found) >= count
	})
	answer := map[string]any{"messages": found}
	if !met {
		return nil, &controlError{status: http.StatusRequestTimeout, msg: fmt.Sprintf("there are %d messages, not %d", len(found), count), extra: answer}
	}
	return answer, nil
}

// knownStatuses are those of messages and of SMS.
func knownStatuses() []string {
	return []string{meta.StatusSent, meta.StatusDelivered, meta.StatusRead, meta.StatusFailed, meta.StatusWarning, smsUndelivered}
}

// controlWaitStatus answers when the webhook of a status was answered with 200,
// or with 408 and the message as it is.
func (ctl *controlAPI) controlWaitStatus(r *http.Request) (any, error) {
	id, name := r.URL.Query().Get("id"), r.URL.Query().Get("status")
	if id == "" || name == "" {
		return nil, badRequest("id and status are needed")
	}
	if known := knownStatuses(); !slices.Contains(known, name) {
		return nil, badRequest("status: %q is not one of %s", name, strings.Join(known, ", "))
	}
	ctx, cancel, err := waitContext(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	var found *client.Message
	met := ctl.waitUntil(ctx, func() bool {
		rec := ctl.journal.find(id)
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
