package admin

import (
	"net/http"
	"time"
)

// faultView is a part that is degraded for everyone.
type faultView struct {
	// Part is "account", or the language of the template.
	Part   string     `json:"part"`
	Code   string     `json:"code,omitempty"`
	Reason string     `json:"reason"`
	Since  *time.Time `json:"since"`
}

// status answers GET /admin/status: is anything degraded for everyone, and
// is a rotation of secrets.cipher over?
func (a *API) status(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Degraded []faultView `json:"degraded"`
		// OldKeys counts the deliveries under other secrets than the first; null
		// until they are counted for the first time.
		OldKeys *int `json:"deliveries_under_old_keys"`
	}{Degraded: []faultView{}, OldKeys: a.OldKeys()}
	for _, f := range a.Faults() {
		answer.Degraded = append(answer.Degraded, faultView{Part: f.Part, Code: f.Code, Reason: f.Reason, Since: instant(f.Since)})
	}
	a.Answer.Write(w, r, answer)
}
