package admin

import (
	"net/http"
	"time"
)

// Configuration is what a running courier goes by, without showing any of it.
type Configuration struct {
	// Since is when it was read.
	Since time.Time
	// Settings has a fingerprint of each setting, by path: who has the same configuration
	// can tell whether it is the same, and nobody can tell what it is.
	Settings map[string]string
	// Private and Public are where the listeners are, with real ports; "" is one that
	// this process does not have.
	Private, Public string
}

// configuration answers GET /admin/configuration.
func (a *API) configuration(w http.ResponseWriter, r *http.Request) {
	type listenersView struct {
		Private string `json:"private"`
		Public  string `json:"public"`
	}
	c := a.Configuration()
	a.Answer.Write(w, r, struct {
		Since     *time.Time        `json:"read_at"`
		Listeners listenersView     `json:"listeners"`
		Settings  map[string]string `json:"settings"`
	}{instant(c.Since), listenersView{c.Private, c.Public}, c.Settings})
}
