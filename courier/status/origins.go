package status

import (
	"net/http"
	"slices"
)

// allow lets the script of a login page read the answer, if the page is one of ours.
func (a *API) allow(h http.Header, origin string) {
	h.Add("Vary", "Origin")
	if !slices.Contains(a.Origins, origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Methods", http.MethodGet)
	h.Set("Access-Control-Allow-Headers", tokenHeader)
	h.Set("Access-Control-Expose-Headers", "Retry-After")
	h.Set("Access-Control-Max-Age", "600")
}
