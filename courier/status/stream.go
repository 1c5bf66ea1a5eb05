package status

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

const (
	eventStream = "text/event-stream"
	// lookEvery is how often a stream looks, and streamFor how long one lasts: shorter than
	// a listener lets a request take.
	lookEvery = time.Second
	streamFor = 19 * time.Second
)

// stream sends a hint, and then each that differs from the one before, until nothing more
// can come, the client goes, the courier stops, or it is time for the next stream.
func (a *API) stream(w http.ResponseWriter, r *http.Request, client string, token courier.Token, hint courier.Hint) {
	if !a.Visitors.open(client) {
		a.refuse(w, r, streamFor)
		return
	}
	defer a.Visitors.close(client)
	w.Header().Set("Content-Type", eventStream)
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold the stream back
	flush := http.NewResponseController(w)
	over := time.NewTimer(streamFor)
	defer over.Stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	last := ""
	for {
		now, line := string(marshal(viewOf(hint))), ": alive\n\n"
		if now != last {
			last, line = now, fmt.Sprintf("event: status\ndata: %s\n\n", now)
		}
		if _, err := io.WriteString(w, line); err != nil || flush.Flush() != nil || hint.State == courier.HintEnded { //nolint:gosec // G705: it is JSON of our own words and times, and no HTML
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-a.Ending:
			return
		case <-over.C:
			return
		case <-tick.C:
		}
		next, _, err := a.Guide.Hint(r.Context(), token)
		if err != nil {
			if r.Context().Err() == nil {
				a.Trouble("answering a login page", err)
			}
			return
		}
		hint = next
	}
}
