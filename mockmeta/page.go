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
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

//go:embed web
var web embed.FS

// page is for people: phones on one tab, the journal on the other. The server
// draws everything; the browser only puts fresh pieces in place.
type page struct {
	*world
	views *html.Template
}

func newPage(w *world) *page {
	funcs := html.FuncMap{"bold": bold, "pretty": pretty}
	return &page{world: w, views: html.Must(html.New("").Funcs(funcs).ParseFS(web, "web/*.html"))}
}

func (pg *page) serve(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", pg.phones)
	mux.HandleFunc("GET /journal", pg.showJournal)
	mux.HandleFunc("GET /control/events", pg.events)
	mux.Handle("GET /assets/", assets())
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
	meta.Screen
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
		"accepted": "◷", smsQueued: "◷", meta.StatusSent: "✓", meta.StatusDelivered: "✓✓", meta.StatusRead: "✓✓", meta.StatusWarning: "✓",
		meta.StatusFailed: "!", smsUndelivered: "!", "expired": "✕",
	}[v.State]
}

func (rec *record) view() bubbleView {
	v := bubbleView{
		Message: rec.copy(), Screen: rec.shown, Dir: "auto", Time: rec.At.Format("15:04"),
		State: "accepted", Reported: rec.reported,
	}
	if rec.Language != "" {
		v.Lang, v.Dir = strings.ReplaceAll(rec.Language, "_", "-"), "ltr"
		if meta.RightToLeft(rec.Language) {
			v.Dir = "rtl"
		}
	}
	for _, st := range rec.Statuses {
		v.State = st.Name
		v.Shown = v.Shown || st.Name == meta.StatusDelivered || st.Name == meta.StatusRead
		if st.Code != 0 {
			v.Cause = fmt.Sprint(st.Code)
			if rec.Channel == client.WhatsApp {
				v.Cause += " " + meta.ErrorByCode(st.Code).Title
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
// holds w.mu.
func (pg *page) phoneViews() []*phoneView {
	byKey := map[string]*phoneView{}
	var order []*phoneView
	of := func(key string) *phoneView {
		p := byKey[key]
		if p == nil {
			p = &phoneView{Handset: pg.handsets.get(key), Key: key}
			byKey[key] = p
			order = append(order, p)
		}
		return p
	}
	newest := pg.journal.messages[max(0, len(pg.journal.messages)-pageMessages):]
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
	for _, key := range slices.Sorted(maps.Keys(pg.handsets.known)) {
		of(key)
	}
	return order
}

func (pg *page) phones(w http.ResponseWriter, _ *http.Request) {
	pg.mu.Lock()
	phones := pg.phoneViews()
	pg.mu.Unlock()
	pg.show(w, "page.html", map[string]any{"Phones": phones})
}

// showJournal shows what came in and went out, the newest first.
func (pg *page) showJournal(w http.ResponseWriter, _ *http.Request) {
	pg.mu.Lock()
	views := []bubbleView{}
	for _, rec := range slices.Backward(pg.journal.messages[max(0, len(pg.journal.messages)-pageMessages):]) {
		views = append(views, rec.view())
	}
	notable := notableCalls(pg.journal.calls, pageMessages)
	pg.mu.Unlock()
	pg.show(w, "journal.html", map[string]any{"Messages": views, "Notable": notable})
}

func (pg *page) show(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := pg.views.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // a client that has gone needs no answer
}

// events streams changes to the page as ready HTML.
func (pg *page) events(w http.ResponseWriter, r *http.Request) {
	updates, cancel := pg.feed.subscribe()
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
			name, data := pg.drawUpdate(u)
			raw, _ := json.Marshal(data) // maps of strings always marshal
			fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, raw)
		}
		if flush.Flush() != nil {
			return
		}
	}
}

// drawUpdate renders what changed.
func (pg *page) drawUpdate(u update) (event string, data map[string]string) {
	if u.refused {
		return "refused", map[string]string{}
	}
	if u.number == "" {
		return "reset", map[string]string{}
	}
	pg.mu.Lock()
	defer pg.mu.Unlock()
	if rec := pg.journal.find(u.message); rec != nil {
		return "message", map[string]string{
			"phone": u.number, "channel": rec.Channel, "id": rec.ID, "html": pg.draw("bubble", rec.view()),
		}
	}
	p := &phoneView{Handset: pg.handsets.get(u.number), Key: u.number}
	for _, v := range pg.phoneViews() {
		if v.Key == u.number {
			p = v
		}
	}
	return "phone", map[string]string{"phone": u.number, "html": pg.draw("phone", p)}
}

func (pg *page) draw(name string, data any) string {
	var b bytes.Buffer
	if err := pg.views.ExecuteTemplate(&b, name, data); err != nil {
		pg.opts.Log.Error("the page could not be drawn", "piece", name, "error", err)
	}
	return b.String()
}
