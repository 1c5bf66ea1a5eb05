package status

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

const (
	// Path is where the API is served.
	Path = "/status"
	// tokenHeader has the token: URLs are logged.
	tokenHeader = "X-Delivery-Token"
)

// API answers GET /status, as JSON or as a stream.
type API struct {
	Guide Guide
	// Visitors bounds what clients ask.
	Visitors *Visitors
	// Origins are the login pages whose scripts may ask from another origin, such as
	// "https://login.example.com".
	Origins []string
	// Client is the address of who asks, or "".
	Client func(*http.Request) string
	// Trouble is told what failed: the answer only says that something did.
	Trouble func(doing string, err error)
	Answer  herodot.Writer
	// Ending is closed when the courier stops: then streams end too.
	Ending <-chan struct{}
}

// Guide knows where to look; *courier.Guide is one.
type Guide interface {
	// Hint returns the hint for a token, and whether a message has come with it.
	Hint(ctx context.Context, t courier.Token) (hint courier.Hint, known bool, err error)
}

// view is a hint as clients get it. Times are whole seconds: more would only tell how
// busy the courier is.
type view struct {
	State      courier.HintState `json:"state"`
	ReceivedAt *time.Time        `json:"received_at,omitempty"`
	SMSAt      *time.Time        `json:"sms_at,omitempty"`
	EndsAt     *time.Time        `json:"ends_at,omitempty"`
	// NextCodeAt is left out while the next code is possible.
	NextCodeAt *time.Time `json:"next_code_at,omitempty"`
}

func viewOf(h courier.Hint) view {
	return view{
		State: h.State, ReceivedAt: second(h.ReceivedAt), SMSAt: second(h.SMSAt), EndsAt: second(h.EndsAt),
		// Not before it is true.
		NextCodeAt: second(h.NextCodeAt.Add(time.Second - 1)),
	}
}

// second is the whole second of an instant, or nil for none.
func second(t time.Time) *time.Time {
	if t.Before(time.Unix(0, 0)) {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// ServeHTTP answers where to look, once or, to `Accept: text/event-stream`, whenever it
// changes.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.allow(w.Header(), r.Header.Get("Origin"))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	token, err := courier.NewToken(r.Header.Get(tokenHeader))
	if err != nil {
		a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("The header "+tokenHeader+" must have the token of transient_payload: "+err.Error()+"."))
		return
	}
	client := a.Client(r)
	if wait := a.Visitors.enter(client); wait > 0 {
		a.refuse(w, r, wait)
		return
	}
	hint, err := a.hint(r.Context(), client, token)
	switch {
	case err != nil:
		a.Answer.WriteError(w, r, (&herodot.DefaultError{
			CodeField: http.StatusServiceUnavailable, StatusField: http.StatusText(http.StatusServiceUnavailable),
			ErrorField: "The service cannot answer at the moment.",
		}).WithReason("What became of the message could not be read. Ask again in a moment."))
	case strings.Contains(r.Header.Get("Accept"), eventStream):
		a.stream(w, r, client, token, hint)
	default:
		a.Answer.Write(w, r, viewOf(hint))
	}
}

// hint asks for a hint, and counts what nobody has sent.
func (a *API) hint(ctx context.Context, client string, t courier.Token) (courier.Hint, error) {
	hint, known, err := a.Guide.Hint(ctx, t)
	if err != nil && ctx.Err() == nil {
		a.Trouble("answering a login page", err)
	}
	if err == nil && !known {
		a.Visitors.guessed(client)
	}
	return hint, err
}

func (a *API) refuse(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	a.Answer.WriteError(w, r, (&herodot.DefaultError{
		CodeField: http.StatusTooManyRequests, StatusField: http.StatusText(http.StatusTooManyRequests),
		ErrorField: "There are too many requests.",
	}).WithReason("Too many requests come from this address, or too many streams are open. Ask again after Retry-After."))
}

// marshal never fails for a view.
func marshal(v view) []byte {
	raw, _ := json.Marshal(v)
	return raw
}
