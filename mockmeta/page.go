package mockmeta

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	html "html/template"
	"io/fs"
	"net/http"
	"regexp"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

//go:embed web
var web embed.FS

// pages are the page's templates; parsed once per mock.
func pages() *html.Template {
	return html.Must(html.New("").Funcs(html.FuncMap{"bold": bold}).ParseFS(web, "web/*.html"))
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

// phoneView is a phone as the page shows it.
type phoneView struct {
	client.Handset
	Digits        string
	WhatsApp, SMS []bubbleView
}

// bubbleView is one message on a phone.
type bubbleView struct {
	client.Message
	shownTemplate
	Dir, Lang, Time string
	State           string // the furthest status
	Shown           bool   // the message is on the phone
}

func (rec *record) view() bubbleView {
	v := bubbleView{Message: rec.copy(), shownTemplate: rec.shown, Dir: "auto", Time: rec.At.Format("15:04"), State: "accepted"}
	if rec.Channel == client.WhatsApp {
		v.Lang, v.Dir = htmlLang(rec.Language), "ltr"
		if rightToLeft(rec.Language) {
			v.Dir = "rtl"
		}
	}
	for _, st := range rec.Statuses {
		v.State = st.Name
		v.Shown = v.Shown || st.Name == statusDelivered || st.Name == statusRead
	}
	if rec.dropped {
		v.State = "expired"
	}
	return v
}

// phoneViews lists all phones, the newest first. The caller holds s.mu.
func (s *Server) phoneViews() []*phoneView {
	byNumber := map[string]*phoneView{}
	var order []*phoneView
	of := func(number string) *phoneView {
		p := byNumber[number]
		if p == nil {
			p = &phoneView{Handset: s.handsets.get(number), Digits: number}
			byNumber[number] = p
			order = append(order, p)
		}
		return p
	}
	for _, rec := range s.journal.messages {
		p := of(rec.key)
		if rec.Channel == client.WhatsApp {
			p.WhatsApp = append(p.WhatsApp, rec.view())
		} else {
			p.SMS = append(p.SMS, rec.view())
		}
	}
	for number := range s.handsets.known {
		of(number)
	}
	return order
}

func (s *Server) journalPage(w http.ResponseWriter, r *http.Request) {}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	phones := s.phoneViews()
	s.mu.Unlock()
	var b bytes.Buffer
	if err := s.views.ExecuteTemplate(&b, "page.html", map[string]any{"Phones": phones}); err != nil {
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
	if u.number == "" {
		return "reset", map[string]string{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if rec := s.journal.find(u.message); rec != nil {
		return "message", map[string]string{
			"phone": u.number, "channel": rec.Channel, "id": rec.ID,
			"html": s.draw("bubble", rec.view()),
		}
	}
	p := &phoneView{Handset: s.handsets.get(u.number), Digits: u.number}
	for _, v := range s.phoneViews() {
		if v.Digits == u.number {
			p = v
		}
	}
	return "phone", map[string]string{"phone": u.number, "html": s.draw("phone", p)}
}

func (s *Server) draw(name string, data any) string {
	var b bytes.Buffer
	if err := s.views.ExecuteTemplate(&b, name, data); err != nil {
		return ""
	}
	return b.String()
}

// htmlLang writes a language code as HTML wants it: pt-BR for pt_BR.
func htmlLang(code string) string {
	return string(bytes.ReplaceAll([]byte(code), []byte("_"), []byte("-")))
}
