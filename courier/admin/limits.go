package admin

import (
	"net/http"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// limitView is what is used of a limit.
type limitView struct {
	Name   string `json:"name"`
	Prefix string `json:"prefix,omitempty"`
	// WindowSeconds is the length of the sliding window.
	WindowSeconds int `json:"window_seconds"`
	Max           int `json:"max"`
	Used          int `json:"used"`
	Left          int `json:"left"`
	// FreesAt is when the next place is given back; null while none is taken.
	FreesAt *time.Time `json:"frees_at"`
}

// limits answers GET /admin/limits: those that are no number's own.
func (a *API) limits(w http.ResponseWriter, r *http.Request) {
	all, err := a.Desk.Usage(r.Context(), courier.Phone{})
	if err != nil {
		a.fail(w, r, "read", err)
		return
	}
	a.Answer.Write(w, r, struct {
		Limits []limitView `json:"limits"`
	}{limitViews(all)})
}

// limitsOf answers POST /admin/limits/search: what the next message to a number needs.
func (a *API) limitsOf(w http.ResponseWriter, r *http.Request) {
	phone, ok := a.phone(w, r)
	if !ok {
		return
	}
	all, err := a.Desk.Usage(r.Context(), phone)
	if err != nil {
		a.fail(w, r, "read", err)
		return
	}
	denied, err := a.Denials.Denied(r.Context(), phone)
	if err != nil {
		a.fail(w, r, "read", err)
		return
	}
	absent, err := a.Desk.AbsentUntil(r.Context(), phone)
	if err != nil {
		a.fail(w, r, "read", err)
		return
	}
	blocked, err := a.Desk.BlockedUntil(r.Context(), phone)
	if err != nil {
		a.fail(w, r, "read", err)
		return
	}
	a.Answer.Write(w, r, struct {
		To      string      `json:"to"`
		Denied  bool        `json:"denied"`
		Absent  *time.Time  `json:"not_on_whatsapp_until"`
		Blocked *time.Time  `json:"blocked_until"`
		Limits  []limitView `json:"limits"`
	}{phone.Masked(), denied, instant(absent), instant(blocked), limitViews(all)})
}

func limitViews(all []courier.Usage) []limitView {
	views := make([]limitView, len(all))
	for i, u := range all {
		views[i] = limitView{
			Name: u.Name, Prefix: u.Prefix, WindowSeconds: int(u.Window.Seconds()),
			Max: u.Max, Used: u.Used, Left: u.Left(), FreesAt: instant(u.FreesAt),
		}
	}
	return views
}
