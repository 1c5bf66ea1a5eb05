package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// events streams changes to the page as ready HTML.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	updates, cancel := p.world.Watch()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	fmt.Fprint(w, "retry: 500\n\n")
	_ = flush.Flush()
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			fmt.Fprint(w, ": alive\n\n")
		case u, ok := <-updates:
			if !ok {
				return
			}
			name, data := p.drawUpdate(u)
			raw, _ := json.Marshal(data) // maps of strings always marshal
			fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, raw)
		}
		if flush.Flush() != nil {
			return
		}
	}
}

// drawUpdate renders what changed.
func (p *Page) drawUpdate(u world.Update) (event string, data map[string]string) {
	if u.Refused {
		return "refused", map[string]string{}
	}
	if u.Phone == "" {
		return "reset", map[string]string{}
	}
	if m, ok := p.world.Journal.Message(u.Message); ok {
		return "message", map[string]string{
			"phone": u.Phone, "channel": m.Channel, "id": m.ID, "html": p.draw("bubble", bubble(m)),
		}
	}
	phone := &phoneView{Handset: p.world.Handsets.Get(u.Phone), Key: u.Phone}
	for _, v := range phoneViews(p.world.View(limit)) {
		if v.Key == u.Phone {
			phone = v
		}
	}
	return "phone", map[string]string{"phone": u.Phone, "html": p.draw("phone", phone)}
}
