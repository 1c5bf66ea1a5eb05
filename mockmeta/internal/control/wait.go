package control

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// maxWait bounds one waiting request; clients repeat it.
const maxWait = time.Minute

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

// waitMessages answers when at least count messages match, or with 408
// and those that do.
func (a *API) waitMessages(r *http.Request) (any, error) {
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
	found, met := a.world.Journal.WaitForMessages(ctx, filter, count)
	answer := map[string]any{"messages": found}
	if !met {
		return nil, &refusal{status: http.StatusRequestTimeout, msg: fmt.Sprintf("there are %d messages, not %d", len(found), count), extra: answer}
	}
	return answer, nil
}

// knownStatuses are those of messages and of SMS.
func knownStatuses() []string {
	return []string{meta.StatusSent, meta.StatusDelivered, meta.StatusRead, meta.StatusFailed, meta.StatusWarning, world.SMSUndelivered}
}

// waitStatus answers when the webhook of a status was answered with 200,
// or with 408 and the message as it is.
func (a *API) waitStatus(r *http.Request) (any, error) {
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
	found, met := a.world.Journal.WaitForStatus(ctx, id, name)
	answer := map[string]any{"message": found}
	if !met {
		return nil, &refusal{status: http.StatusRequestTimeout, msg: "the webhook of " + name + " was not answered with 200 yet", extra: answer}
	}
	return answer, nil
}
