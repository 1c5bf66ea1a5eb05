package screen

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

const (
	// refreshEvery is how often the pieces are drawn, and streamFor how long a stream
	// lasts: shorter than a listener lets a request take.
	refreshEvery = 2 * time.Second
	streamFor    = 19 * time.Second
	// maxBody bounds the body of a request, in bytes.
	maxBody = 4096
)

// wish is what a stream shall show.
type wish struct {
	// Phone is a number whose deliveries and limits are shown; "" means everyone's.
	Phone string `json:"phone"`
}

// Live answers POST /admin/ui/live: a stream of pieces of the page, each when it has
// changed. It belongs behind the keys of operators. The number is in the body, since URLs
// are logged.
func (s *Screen) Live() http.Handler {
	pieces := views()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var wish wish
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		decoder.DisallowUnknownFields()
		if decoder.Decode(&wish) != nil || decoder.More() {
			s.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("The body must be a JSON object with `phone` and nothing else."))
			return
		}
		var to courier.Phone
		if wish.Phone != "" {
			var err error
			if to, err = courier.ParsePhone(wish.Phone); err != nil {
				s.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("`phone` is not a phone number in international format."))
				return
			}
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no") // nginx would hold the stream back
		s.stream(r.Context(), w, s.drawer(pieces, to))
	})
}

// drawer draws every piece.
func (s *Screen) drawer(pieces *template.Template, to courier.Phone) func(context.Context) map[string]string {
	return func(ctx context.Context) map[string]string {
		drawn := make(map[string]string)
		for name, read := range map[string]func(context.Context) (any, error){
			"health":     s.health,
			"funnel":     s.lastDay,
			"limits":     func(ctx context.Context) (any, error) { return s.limits(ctx, to) },
			"deliveries": func(ctx context.Context) (any, error) { return s.deliveries(ctx, to) },
		} {
			data, err := read(ctx)
			if err == nil {
				drawn[name], err = draw(pieces, name, data)
			}
			if err != nil && ctx.Err() == nil {
				s.Trouble("drawing the page for operators", err)
				drawn[name], _ = draw(pieces, "unreadable", nil) // it has no data that could be wrong
			}
		}
		return drawn
	}
}

// stream sends what has changed, until the client goes, the courier stops, or it is time
// for the next stream.
func (s *Screen) stream(ctx context.Context, w http.ResponseWriter, draw func(context.Context) map[string]string) {
	ctx, cancel := context.WithTimeout(ctx, streamFor)
	defer cancel()
	flush := http.NewResponseController(w)
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	seen := make(map[string]string)
	for {
		for name, html := range draw(ctx) {
			if html == seen[name] {
				continue
			}
			seen[name] = html
			raw, _ := json.Marshal(html) // a text always marshals
			_, _ = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, raw)
		}
		_, _ = fmt.Fprint(w, ": alive\n\n")
		if flush.Flush() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-s.Ending:
			return
		case <-tick.C:
		}
	}
}
