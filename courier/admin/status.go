package admin

import (
	"net/http"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// faultView is a part that is degraded for everyone.
type faultView struct {
	// Part is one of courier.Parts, or a language of the template.
	Part   string     `json:"part"`
	Code   string     `json:"code,omitempty"`
	Reason string     `json:"reason"`
	Since  *time.Time `json:"since"`
}

// backlogView is what has not ended.
type backlogView struct {
	Live int `json:"live"`
	// OldestDue is null while nothing is overdue.
	OldestDue *time.Time `json:"oldest_due"`
}

// replicaView is a process that shares the database.
type replicaView struct {
	ID      courier.ID     `json:"id"`
	Serves  courier.Serves `json:"serves"`
	Version string         `json:"version"`
	// Started and LastBeat are by the database's clock.
	Started  *time.Time `json:"started_at"`
	LastBeat *time.Time `json:"last_beat"`
	// Answers: it is the one that was asked.
	Answers bool `json:"answers"`
}

// status answers GET /admin/status: is anything degraded for everyone, what is
// waiting, do reports come, is a rotation of secrets.cipher over, and who serves?
func (a *API) status(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Degraded []faultView `json:"degraded"`
		// Backlog is null when the store cannot be read.
		Backlog *backlogView `json:"backlog"`
		// LastReport is when the last report of Meta came; null before the first since
		// the start.
		LastReport *time.Time `json:"last_report"`
		// OldKeys counts the deliveries under other secrets than the first; null
		// until they are counted for the first time.
		OldKeys *int `json:"deliveries_under_old_keys"`
		// Replicas are those that live, the oldest first.
		Replicas []replicaView `json:"replicas"`
	}{Degraded: []faultView{}, Replicas: []replicaView{}, LastReport: instant(a.LastReport()), OldKeys: a.OldKeys()}
	if b, err := a.Reader.Backlog(r.Context(), a.Now()); err == nil {
		answer.Backlog = &backlogView{Live: b.Live, OldestDue: instant(b.OldestDue)}
	} else if r.Context().Err() == nil {
		a.Trouble("answering an operator", err)
	}
	for _, f := range a.Faults() {
		answer.Degraded = append(answer.Degraded, faultView{Part: f.Part, Code: f.Code, Reason: f.Reason, Since: instant(f.Since)})
	}
	for _, one := range a.Replicas() {
		answer.Replicas = append(answer.Replicas, replicaView{
			ID: one.ID, Serves: one.Serves, Version: one.Version, Started: instant(one.Started), LastBeat: instant(one.Beat), Answers: one.ID == a.Self,
		})
	}
	a.Answer.Write(w, r, answer)
}
