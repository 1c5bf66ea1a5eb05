package signin

import (
	"net/http"
	"net/http/httputil"
	"net/url"
)

// statusPath is where the page's script asks where to look. The page's server passes that on
// to the courier, so that the courier needs no leave for another origin, and no address that
// browsers reach.
const statusPath = "/status"

// passOn passes on what the courier needs: no cookie is among it.
func passOn(courier *url.URL) http.Handler {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL, r.Out.Host = courier, courier.Host
		r.Out.Header = http.Header{}
		for _, name := range []string{"X-Delivery-Token", "Accept"} {
			r.Out.Header.Set(name, r.In.Header.Get(name))
		}
		r.SetXForwarded()
	}}
}
