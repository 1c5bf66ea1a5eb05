package signin

import (
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/mux"
	kratos "github.com/ory/kratos-client-go"
)

//go:embed web
var web embed.FS

// HealthPath answers 200, to whatever name the page is asked for by.
const HealthPath = "/health/alive"

// Config says where the parts are. All are base URLs without a slash at the end.
type Config struct {
	// PageURL is where browsers find this page. It must have the same host name
	// as KratosURL, since Kratos' cookies belong to it.
	PageURL string
	// KratosURL is Kratos' public API, as browsers reach it.
	KratosURL string
	// KratosAPIURL is the same as this page reaches it; empty means KratosURL.
	KratosAPIURL string
	// KratosAdminURL is Kratos' admin API; the page makes accounts with it.
	KratosAdminURL string
	// PhonesURL is the page with the simulated phones.
	PhonesURL string
	// StatusURL is where the courier says where to look for a code, as this page reaches it;
	// empty if it does not.
	StatusURL string
}

type server struct {
	config Config
	public *kratos.APIClient
	admin  *kratos.APIClient
	pages  *template.Template
}

// New returns the sign-in page.
func New(c Config) http.Handler {
	s := &server{
		config: c, public: apiClient(cmp.Or(c.KratosAPIURL, c.KratosURL)), admin: apiClient(c.KratosAdminURL),
		pages: template.Must(template.ParseFS(web, "web/*.html")),
	}
	r := mux.NewRouter()
	r.HandleFunc("/", s.home).Methods(http.MethodGet)
	r.HandleFunc("/login", s.login).Methods(http.MethodGet)
	r.HandleFunc("/account", s.createAccount).Methods(http.MethodPost)
	r.HandleFunc("/error", s.kratosError).Methods(http.MethodGet)
	r.HandleFunc("/number", s.number).Methods(http.MethodPost)
	for _, file := range []string{"/page.css", "/page.js"} {
		r.HandleFunc(file, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, web, "web"+file) }).Methods(http.MethodGet)
	}
	if courier, err := url.Parse(c.StatusURL); err == nil && c.StatusURL != "" {
		r.Handle(statusPath, passOn(courier)).Methods(http.MethodGet)
	}
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.fail(w, http.StatusNotFound, "There is no such page.")
	})
	r.MethodNotAllowedHandler = r.NotFoundHandler
	return s.guard(r)
}

func apiClient(base string) *kratos.APIClient {
	c := kratos.NewConfiguration()
	c.Servers = kratos.ServerConfigurations{{URL: base}}
	c.HTTPClient = &http.Client{Timeout: 10 * time.Second}
	return kratos.NewAPIClient(c)
}

// guard sends browsers that came by another name, such as localhost, to the one
// that Kratos' cookies belong to, and sets the headers that every answer has.
func (s *server) guard(next http.Handler) http.Handler {
	page, _ := url.Parse(s.config.PageURL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// The forms go to Kratos, and Kratos answers with a redirect to here.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "+
			"form-action 'self' "+s.config.KratosURL)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if r.URL.Path == HealthPath {
			w.WriteHeader(http.StatusOK)
			return
		}
		if r.Host != page.Host {
			http.Redirect(w, r, s.config.PageURL+"/", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// render draws a page. data must be what the page's template expects.
func (s *server) render(w http.ResponseWriter, status int, page string, data map[string]any) {
	data["PhonesURL"] = s.config.PhonesURL
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = s.pages.ExecuteTemplate(w, page, data) // The browser is gone: no one to tell.
}

func (s *server) fail(w http.ResponseWriter, status int, text string) {
	s.render(w, status, "error.html", map[string]any{"Title": "That did not work", "Text": text})
}
