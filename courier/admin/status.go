package admin

import (
	"net/http"
	"time"

	"github.com/ory/herodot"
)

// faultView is something that is out of order for everyone.
type faultView struct {
	// Part is "account", or the language of the template.
	Part   string     `json:"part"`
	Code   string     `json:"code,omitempty"`
	Reason string     `json:"reason"`
	Since  *time.Time `json:"since"`
}

// status answers GET /admin/status: is anything out of order for everyone, and
// is a rotation of secrets.cipher over?
func (a *API) status(w http.ResponseWriter, r *http.Request) {
	old, err := a.OldSecretsInUse(r.Context())
	if err != nil {
		a.Answer.WriteError(w, r, herodot.ErrInternalServerError.WithReason("The store could not be read."))
		return
	}
	answer := struct {
		Degraded []faultView `json:"degraded"`
		// OldSecretsInUse: deliveries need others of secrets.cipher than the first.
		OldSecretsInUse bool `json:"old_secrets_in_use"`
	}{Degraded: []faultView{}, OldSecretsInUse: old}
	for _, f := range a.Faults() {
		answer.Degraded = append(answer.Degraded, faultView{Part: f.Part, Code: f.Code, Reason: f.Reason, Since: instant(f.Since)})
	}
	a.Answer.Write(w, r, answer)
}
