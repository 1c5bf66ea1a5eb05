package screen

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// shown is how many deliveries the page lists.
const shown = 30

// healthPiece is what is degraded, and what waits.
type healthPiece struct {
	Faults     []courier.Fault
	Backlog    courier.Backlog
	LastReport time.Time
}

// limitPiece is what is used of a limit.
type limitPiece struct {
	Name             string
	Used, Max, Left  int
	Window           time.Duration
	FreesAt          time.Time
	Percent          int
	Spent, AlmostOut bool
}

// deliveryPiece is one delivery with its timeline.
type deliveryPiece struct {
	ID, To, Country, Purpose, State, Reason, Via, Alert string
	// Ended and Bad say how it is marked.
	Ended, Bad bool
	AcceptedAt time.Time
	Timeline   []moment
}

// moment is a step of a delivery. After is since the accept.
type moment struct {
	At    time.Time
	After string
	What  string
}

func (s *Screen) health(ctx context.Context) (any, error) {
	backlog, err := s.Reader.Backlog(ctx, s.Now())
	return healthPiece{Faults: s.Faults(), Backlog: backlog, LastReport: s.LastReport()}, err
}

// limits are those of a number, or those that are no number's own.
func (s *Screen) limits(ctx context.Context, to courier.Phone) (any, error) {
	usages, err := s.Desk.Usage(ctx, to)
	pieces := make([]limitPiece, 0, len(usages))
	for _, u := range usages {
		pieces = append(pieces, limitPiece{
			Name: strings.TrimSpace(limitName(u.Name) + " " + u.Prefix), Used: u.Used, Max: u.Max, Left: u.Left(), Window: u.Window,
			FreesAt: u.FreesAt, Percent: percent(u.Used, u.Max), Spent: u.Left() <= 0, AlmostOut: u.Left() > 0 && u.Used*10 >= u.Max*8,
		})
	}
	return pieces, err
}

// limitName is a limit's name in words.
func limitName(name string) string {
	switch name {
	case "number":
		return "Codes for this number"
	case "prefix":
		return "Codes for"
	case "total":
		return "Codes in all"
	case "sms_total":
		return "SMS in all"
	case "sms_prefix":
		return "SMS for"
	}
	return name
}

// deliveries are the latest, of a number if there is one.
func (s *Screen) deliveries(ctx context.Context, to courier.Phone) (any, error) {
	found, err := s.Reader.List(ctx, courier.Page{To: to, Limit: shown})
	pieces := make([]deliveryPiece, 0, len(found.Deliveries))
	for _, d := range found.Deliveries {
		pieces = append(pieces, piece(d))
	}
	return pieces, err
}

func piece(d courier.Delivery) deliveryPiece {
	p := deliveryPiece{
		ID: d.ID.String(), To: cmp.Or(d.To.Masked(), "no number"), Country: d.Country, Purpose: string(d.Purpose), State: string(d.State),
		Reason: cmp.Or(d.Reason, d.NoSMS, d.NoWhatsApp), Alert: d.Alert, Ended: d.State.Ended(), AcceptedAt: d.AcceptedAt, Timeline: timeline(d),
		Bad: d.State == courier.StateFailed || d.State == courier.StateExpired || d.Alert != "",
	}
	var channels []string
	for _, a := range d.Attempts {
		channels = append(channels, channelName(a.Channel))
	}
	p.Via = strings.Join(slices.Compact(channels), ", then ")
	return p
}

func channelName(c courier.Channel) string {
	if c == courier.WhatsApp {
		return "WhatsApp"
	}
	return "SMS"
}

// timeline is what happened, in its order.
func timeline(d courier.Delivery) []moment {
	moments := []moment{{At: d.AcceptedAt, What: "Accepted from Kratos"}}
	add := func(at time.Time, what string) {
		if !at.IsZero() {
			moments = append(moments, moment{At: at, What: what})
		}
	}
	for _, a := range d.Attempts {
		by := channelName(a.Channel) + " by " + a.Provider
		add(a.StartedAt, by+": request")
		add(a.AcceptedAt, by+": taken")
		taken := cmp.Or(a.AcceptedAt, a.StartedAt)
		add(reported(a.SentAt, taken), by+": sent")
		add(reported(a.FailedAt, taken), strings.TrimSpace(by+": failed "+a.Code+" "+a.Reason))
		add(reported(a.DeliveredAt, taken), by+": delivered")
		add(reported(a.ReadAt, taken), by+": read")
	}
	add(d.UsedAt, "The code was used")
	add(d.EndedAt, strings.TrimSpace("Ended: "+string(d.State)+" "+d.Reason))
	slices.SortStableFunc(moments, func(a, b moment) int { return a.At.Compare(b.At) })
	for i := range moments {
		moments[i].After = fmt.Sprintf("%+.1f s", moments[i].At.Sub(d.AcceptedAt).Seconds())
	}
	return moments
}

// reported is when a provider says that something happened. It cuts its times to seconds, so
// that one may seem to be before the message was taken: then it was within that second.
func reported(at, taken time.Time) time.Time {
	if early := taken.Sub(at); !at.IsZero() && early > 0 && early < time.Second {
		return taken
	}
	return at
}
