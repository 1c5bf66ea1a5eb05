package mockmeta

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	html "html/template"
	"io/fs"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// The page for people: phones on one tab, the journal on the other. The server
// draws everything; the browser only puts fresh pieces in place.

//go:embed web
var web embed.FS

// pages are the page's templates; parsed once per mock.
func pages() *html.Template {
	return html.Must(html.New("").Funcs(html.FuncMap{"bold": bold, "pretty": pretty}).ParseFS(web, "web/*.html"))
}

func assets() http.Handler {
	sub, err := fs.Sub(web, "web")
	if err != nil { // the folder is embedded
		panic(err)
	}
	return http.StripPrefix("/assets/", http.FileServerFS(sub))
}

var boldMarks = regexp.MustCompile(`\*([^*\n]+)\*`)

// bold shows WhatsApp's *bold* marks.
func bold(text string) html.HTML {
	return html.HTML(boldMarks.ReplaceAllString(html.HTMLEscapeString(text), "<strong>$1</strong>"))
}

// pretty indents JSON; what is none is shown as it is.
func pretty(raw any) string {
	var text []byte
	switch raw := raw.(type) {
	case json.RawMessage:
		text = raw
	case string:
		text = []byte(raw)
	}
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return string(text)
	}
	return b.String()
}

// phoneView is a phone as the page shows it.
type phoneView struct {
	client.Handset
	Key           string
	WhatsApp, SMS []bubbleView
}

// bubbleView is one message on a phone.
type bubbleView struct {
	client.Message
	shownTemplate
	Dir, Lang, Time string
	State           string // the furthest status
	Cause           string // why it failed
	Unheard         string // which status the sender did not take
	Shown           bool   // the message is on the phone
	Reported        bool
}

// Tick is the little mark that follows the statuses.
func (v bubbleView) Tick() string {
	if v.Unheard != "" {
		return "⚠"
	}
	return map[string]string{
		"accepted": "◷", smsQueued: "◷", statusSent: "✓", statusDelivered: "✓✓", statusRead: "✓✓", statusWarning: "✓",
		statusFailed: "!", smsUndelivered: "!", "expired": "✕",
	}[v.State]
}

func (rec *record) view() bubbleView {
	v := bubbleView{
		Message: rec.copy(), shownTemplate: rec.shown, Dir: "auto", Time: rec.At.Format("15:04"),
		State: "accepted", Reported: rec.reported,
	}
	if rec.Language != "" {
		v.Lang, v.Dir = strings.ReplaceAll(rec.Language, "_", "-"), "ltr"
		if rightToLeft(rec.Language) {
			v.Dir = "rtl"
		}
	}
	for _, st := range rec.Statuses {
		v.State = st.Name
		v.Shown = v.Shown || st.Name == statusDelivered || st.Name == statusRead
		if st.Code != 0 {
			v.Cause = fmt.Sprint(st.Code)
			if rec.Channel == client.WhatsApp {
				v.Cause += " " + errorByCode(st.Code).Title
			}
		}
	}
	if rec.dropped {
		v.State = "expired"
	}
	v.Unheard = unheard(v.Message)
	return v
}

// pageMessages bounds what the page shows.
const pageMessages = 200

// phoneViews lists the phones, those with the newest messages first. The caller
// holds s.mu.
func (s *Server) phoneViews() []*phoneView {
	byKey := map[string]*phoneView{}
	var order []*phoneView
	of := func(key string) *phoneView {
		p := byKey[key]
		if p == nil {
			p = &phoneView{Handset: s.handsets.get(key), Key: key}
			byKey[key] = p
			order = append(order, p)
		}
		return p
	}
	newest := s.journal.messages[max(0, len(s.journal.messages)-pageMessages):]
	for _, rec := range slices.Backward(newest) {
		p := of(rec.key)
		if rec.Channel == client.WhatsApp {
			p.WhatsApp = append(p.WhatsApp, rec.view())
		} else {
			p.SMS = append(p.SMS, rec.view())
		}
	}
	for _, p := range order {
		slices.Reverse(p.WhatsApp)
		slices.Reverse(p.SMS)
	}
	for _, key := range slices.Sorted(maps.Keys(s.handsets.known)) {
		of(key)
	}
	return order
}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	phones := s.phoneViews()
	s.mu.Unlock()
	s.show(w, "page.html", map[string]any{"Phones": phones})
}

// journalPage shows what came in and went out, the newest first.
func (s *Server) journalPage(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	views := []bubbleView{}
	for _, rec := range slices.Backward(s.journal.messages[max(0, len(s.journal.messages)-pageMessages):]) {
		views = append(views, rec.view())
	}
	notable := notableCalls(s.journal.calls, pageMessages)
	s.mu.Unlock()
	s.show(w, "journal.html", map[string]any{"Messages": views, "Notable": notable})
}

func (s *Server) show(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := s.views.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // a client that has gone needs no answer
}

// events streams changes to the page as ready HTML.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	updates, cancel := s.feed.subscribe()
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
			name, data := s.drawUpdate(u)
			raw, _ := json.Marshal(data) // maps of strings always marshal
			fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, raw)
		}
		if flush.Flush() != nil {
			return
		}
	}
}

// drawUpdate renders what changed.
func (s *Server) drawUpdate(u update) (event string, data map[string]string) {
	if u.refused {
		return "refused", map[string]string{}
	}
	if u.number == "" {
		return "reset", map[string]string{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if rec := s.journal.find(u.message); rec != nil {
		return "message", map[string]string{
			"phone": u.number, "channel": rec.Channel, "id": rec.ID, "html": s.draw("bubble", rec.view()),
		}
	}
	p := &phoneView{Handset: s.handsets.get(u.number), Key: u.number}
	for _, v := range s.phoneViews() {
		if v.Key == u.number {
			p = v
		}
	}
	return "phone", map[string]string{"phone": u.number, "html": s.draw("phone", p)}
}

func (s *Server) draw(name string, data any) string {
	var b bytes.Buffer
	if err := s.views.ExecuteTemplate(&b, name, data); err != nil {
		s.opts.Log.Error("the page could not be drawn", "piece", name, "error", err)
	}
	return b.String()
}
