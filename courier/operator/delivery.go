package operator

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// delivery is one as the API shows it.
type delivery struct {
	ID         string    `json:"id"`
	Purpose    string    `json:"purpose"`
	To         string    `json:"to"`
	Country    string    `json:"country"`
	Identity   string    `json:"identity_id"`
	State      string    `json:"state"`
	Reason     string    `json:"reason"`
	NoWhatsApp string    `json:"no_whatsapp"`
	NoSMS      string    `json:"no_sms"`
	Alert      string    `json:"alert"`
	Repeats    int       `json:"repeats"`
	AcceptedAt time.Time `json:"accepted_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	EndedAt    time.Time `json:"ended_at"`
	UsedAt     time.Time `json:"used_at"`
	Attempts   []attempt `json:"attempts"`
}

// attempt is one as the API shows it.
type attempt struct {
	N           int       `json:"n"`
	Channel     string    `json:"channel"`
	Provider    string    `json:"provider"`
	State       string    `json:"state"`
	Class       string    `json:"class"`
	Code        string    `json:"code"`
	Reason      string    `json:"reason"`
	StartedAt   time.Time `json:"started_at"`
	AcceptedAt  time.Time `json:"accepted_at"`
	SentAt      time.Time `json:"sent_at"`
	DeliveredAt time.Time `json:"delivered_at"`
	ReadAt      time.Time `json:"read_at"`
	FailedAt    time.Time `json:"failed_at"`
}

// via names the channels that were tried, in their order.
func (d delivery) via() string {
	var channels []string
	for _, a := range d.Attempts {
		channels = append(channels, a.Channel)
	}
	return dash(strings.Join(slices.Compact(channels), ","))
}

// why is what an operator asks for first: the reason, or what the last attempt met.
func (d delivery) why() string {
	last := ""
	if n := len(d.Attempts); n > 0 {
		last = strings.TrimSpace(d.Attempts[n-1].Code + " " + d.Attempts[n-1].Reason)
	}
	return dash(cmp.Or(d.Reason, d.NoSMS, d.NoWhatsApp, last))
}

// heading are the columns of a list.
func heading(w io.Writer) {
	row(w, "ACCEPTED", "ID", "TO", "COUNTRY", "PURPOSE", "STATE", "VIA", "WHY")
}

// listed is a delivery's row in a list.
func (d delivery) listed(w io.Writer) {
	row(w, clock(d.AcceptedAt), d.ID, dash(d.To), dash(d.Country), dash(d.Purpose), d.State, d.via(), d.why())
}

// details are a delivery's own page: what it is, and its timeline.
func (d delivery) details(w io.Writer) {
	for _, line := range []struct{ name, text string }{
		{"id", d.ID},
		{"to", d.To},
		{"country", d.Country},
		{"purpose", d.Purpose},
		{"identity", d.Identity},
		{"state", strings.TrimSpace(d.State + " " + d.Reason)},
		{"no whatsapp", d.NoWhatsApp},
		{"no sms", d.NoSMS},
		{"alert", d.Alert},
		{"expires", clock(d.ExpiresAt)},
	} {
		if line.text != "" {
			row(w, line.name, line.text)
		}
	}
	if d.Repeats > 0 {
		row(w, "stands for", fmt.Sprint(d.Repeats, " more"))
	}
	row(w)
	row(w, "TIME", "AFTER", "WHAT")
	for _, e := range d.timeline() {
		row(w, clock(e.at), e.at.Sub(d.AcceptedAt).Round(time.Millisecond), e.what)
	}
}

// event is a moment of a delivery.
type event struct {
	at   time.Time
	what string
}

// timeline is what happened, in its order.
func (d delivery) timeline() []event {
	events := []event{{d.AcceptedAt, "accepted"}}
	add := func(at time.Time, what string) {
		if !at.IsZero() {
			events = append(events, event{at, what})
		}
	}
	for _, a := range d.Attempts {
		name := fmt.Sprintf("%d %s by %s", a.N, a.Channel, a.Provider)
		add(a.StartedAt, name+": request")
		add(a.AcceptedAt, name+": taken")
		taken := cmp.Or(a.AcceptedAt, a.StartedAt)
		add(reported(a.SentAt, taken), name+": sent")
		add(reported(a.FailedAt, taken), strings.TrimSpace(name+": failed "+a.Code+" "+a.Reason))
		add(reported(a.DeliveredAt, taken), name+": delivered")
		add(reported(a.ReadAt, taken), name+": read")
	}
	add(d.UsedAt, "the code was used")
	add(d.EndedAt, strings.TrimSpace("ended "+d.State+" "+d.Reason))
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	return events
}

// reported is when a provider says that something happened. It cuts its times to seconds, so
// that one may seem to be before the message was taken: then it was within that second.
func reported(at, taken time.Time) time.Time {
	if early := taken.Sub(at); !at.IsZero() && early > 0 && early < time.Second {
		return taken
	}
	return at
}
