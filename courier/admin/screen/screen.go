package screen

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

//go:embed web
var web embed.FS

// Screen draws the page.
type Screen struct {
	Reader Reader
	Desk   Desk
	// Faults lists what is degraded for everyone.
	Faults func() []courier.Fault
	// LastReport is when the last report of Meta came; zero before the first.
	LastReport func() time.Time
	// Trouble is told what failed: the page only says that something did.
	Trouble func(doing string, err error)
	Answer  herodot.Writer
	// Ending is closed when the courier stops: then streams end too.
	Ending <-chan struct{}
	Now    func() time.Time

	funnel funnelCache
}

// Reader is what the page reads of the store.
type Reader interface {
	List(ctx context.Context, p courier.Page) (courier.Listing, error)
	Backlog(ctx context.Context, now time.Time) (courier.Backlog, error)
	Tallies(ctx context.Context, q courier.TallyQuery) ([]courier.Tally, error)
}

// Desk says what is left of limits.
type Desk interface {
	Usage(ctx context.Context, to courier.Phone) ([]courier.Usage, error)
}

// Register adds the page and its files, which hold no secret, to a router.
func Register(r *mux.Router, path string) {
	page, err := fs.Sub(web, "web")
	if err != nil { // the folder is embedded
		panic(err)
	}
	for route, file := range map[string]string{
		path: "page.html", path + "/screen.css": "screen.css", path + "/screen.js": "screen.js",
	} {
		r.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			header := w.Header()
			header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
				"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			header.Set("Cache-Control", "no-store")
			header.Set("Referrer-Policy", "no-referrer")
			header.Set("X-Content-Type-Options", "nosniff")
			http.ServeFileFS(w, r, page, file)
		}).Methods(http.MethodGet, http.MethodHead)
	}
}

// views are the templates of the pieces.
func views() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"clock": clock, "percent": percent, "span": span}).ParseFS(web, "web/pieces.html"))
}

// draw renders a piece.
func draw(views *template.Template, name string, data any) (string, error) {
	var b bytes.Buffer
	err := views.ExecuteTemplate(&b, name, data)
	return b.String(), err
}

// clock is an instant for people, in UTC.
func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// span is a length of time without zeros at its end: 1h, not 1h0m0s.
func span(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// percent is a part of a whole, rounded.
func percent(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return (part*100 + whole/2) / whole
}
