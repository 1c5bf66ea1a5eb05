package page

import (
	"bytes"
	"embed"
	html "html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

//go:embed web
var web embed.FS

// limit bounds the messages and the calls that are shown.
const limit = 200

// Page is for people: phones on one tab, the journal on the other. The server
// draws everything; the browser only puts fresh pieces in place.
type Page struct {
	world *world.World
	log   *slog.Logger
	views *html.Template
}

// New is the page of a world.
func New(w *world.World, log *slog.Logger) *Page {
	funcs := html.FuncMap{"bold": bold, "pretty": pretty}
	return &Page{world: w, log: log, views: html.Must(html.New("").Funcs(funcs).ParseFS(web, "web/*.html"))}
}

// Register adds the routes.
func (p *Page) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.phones)
	mux.HandleFunc("GET /journal", p.journal)
	mux.HandleFunc("GET /control/events", p.events)
	mux.Handle("GET /assets/", assets())
}

func assets() http.Handler {
	sub, err := fs.Sub(web, "web")
	if err != nil { // the folder is embedded
		panic(err)
	}
	return http.StripPrefix("/assets/", http.FileServerFS(sub))
}

func (p *Page) phones(w http.ResponseWriter, _ *http.Request) {
	p.show(w, "page.html", map[string]any{"Phones": phoneViews(p.world.View(limit))})
}

// journal shows what came in and went out, the newest first.
func (p *Page) journal(w http.ResponseWriter, _ *http.Request) {
	v := p.world.View(limit)
	bubbles := []bubbleView{}
	for _, m := range slices.Backward(v.Messages) {
		bubbles = append(bubbles, bubble(m))
	}
	p.show(w, "journal.html", map[string]any{"Messages": bubbles, "Notable": v.Notable})
}

func (p *Page) show(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := p.views.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // a client that has gone needs no answer
}

func (p *Page) draw(name string, data any) string {
	var b bytes.Buffer
	if err := p.views.ExecuteTemplate(&b, name, data); err != nil {
		p.log.Error("the page could not be drawn", "piece", name, "error", err)
	}
	return b.String()
}
