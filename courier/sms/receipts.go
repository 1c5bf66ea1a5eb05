package sms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Sink takes the reports of one request. It returns nil once they are safe.
// Taking a report twice must do no harm.
type Sink func(ctx context.Context, reports []courier.Report) error

// ReceiptSetup is what the handlers of receipts need.
type ReceiptSetup struct {
	// Answer writes refusals in Ory's envelope and reports them to the log; nil
	// writes and reports nothing.
	Answer herodot.Writer
	// Trouble hears when receipts cannot be read; nil ignores it. The sink reports
	// its own errors.
	Trouble func(doing string, err error)
	// Unreadable is called for a request that is no receipt; nil ignores it.
	Unreadable func()
	// Now is the clock, since providers seldom give the time of a receipt; nil
	// means time.Now.
	Now func() time.Time
}

func (d ReceiptSetup) orDefault() ReceiptSetup {
	if d.Answer == nil {
		d.Answer = herodot.NewJSONWriter(silence{})
	}
	if d.Trouble == nil {
		d.Trouble = func(string, error) {}
	}
	if d.Unreadable == nil {
		d.Unreadable = func() {}
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	return d
}

// silence reports nothing: herodot's own reporter would write to the standard
// log.
type silence struct{}

func (silence) ReportError(*http.Request, int, error, ...any) {}

// deliver hands reports to the sink and answers 204 once they are safe.
func (d ReceiptSetup) deliver(w http.ResponseWriter, r *http.Request, reports []courier.Report, sink Sink) {
	// A provider that hangs up does not undo its receipts.
	if len(reports) > 0 && sink(context.WithoutCancel(r.Context()), reports) != nil {
		d.Answer.WriteError(w, r, refusal(http.StatusServiceUnavailable, "The receipt could not be stored: send it again."))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// readBody reads a body of at most MaxInput bytes: Twilio's have a hundredth
// of it, and the largest batches of other providers half. The error is a refusal.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxInput))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, refusal(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body has more than %d KiB.", MaxInput>>10))
	}
	if err != nil {
		return nil, refusal(http.StatusBadRequest, "The body ended early.")
	}
	return body, nil
}

func refusal(code int, reason string) error {
	status := http.StatusText(code)
	return &herodot.DefaultError{CodeField: code, StatusField: status, ErrorField: status, ReasonField: reason}
}

// withQuery adds a parameter to a URL. What its query has already stays as it is:
// providers sign it letter by letter.
func withQuery(base, name, value string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base // it was checked when the sender was made
	}
	parameter := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	if u.RawQuery == "" {
		u.RawQuery = parameter
	} else {
		u.RawQuery = strings.TrimRight(u.RawQuery, "&") + "&" + parameter
	}
	u.ForceQuery = false
	return u.String()
}

// hasParameter reports whether a URL has a parameter that we add ourselves.
func hasParameter(text, name string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Query().Has(name)
}
