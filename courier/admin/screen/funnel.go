package screen

import (
	"context"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

const (
	// funnelSpan is how far back the funnel looks, and funnelMost how many deliveries it
	// looks at: the latest, so that it costs the same whatever the traffic.
	funnelSpan = 24 * time.Hour
	funnelMost = 1000
	// funnelEvery is how old a count may be that is shown again.
	funnelEvery = 10 * time.Second
)

// funnel is how far the codes of the last day came.
type funnel struct {
	Accepted int
	// Taken by a provider, Delivered to the phone as its report says, Read, Used.
	Taken, Delivered, Read, Used int
	// ByBoth went by SMS after WhatsApp; Failed ended with no channel or too late.
	ByBoth, Failed, Suppressed int
	// More: there were more than are looked at.
	More bool
}

// funnelCache shares one count among all who look.
type funnelCache struct {
	mu   sync.Mutex
	at   time.Time
	last funnel
}

func (s *Screen) lastDay(ctx context.Context) (any, error) {
	s.funnel.mu.Lock()
	defer s.funnel.mu.Unlock()
	now := s.Now()
	if !s.funnel.at.IsZero() && now.Sub(s.funnel.at) < funnelEvery {
		return s.funnel.last, nil
	}
	// A page may be short and have a next one: it looks at so many and no more.
	var counted funnel
	page := courier.Page{From: now.Add(-funnelSpan), Limit: funnelMost}
	for range 4 {
		found, err := s.Reader.List(ctx, page)
		if err != nil {
			return counted, err
		}
		for _, d := range found.Deliveries {
			counted.add(d)
		}
		page.Before, page.Limit = found.Next, page.Limit-len(found.Deliveries)
		counted.More = found.Next != courier.ID{}
		if !counted.More || page.Limit <= 0 {
			break
		}
	}
	s.funnel.last, s.funnel.at = counted, now
	return counted, nil
}

func (f *funnel) add(d courier.Delivery) {
	if d.State == courier.StateSuppressed {
		f.Suppressed++
		return
	}
	f.Accepted++
	var taken, delivered, read, whatsapp, sms bool
	for _, a := range d.Attempts {
		taken = taken || !a.AcceptedAt.IsZero()
		delivered = delivered || !a.DeliveredAt.IsZero() || !a.ReadAt.IsZero()
		read = read || !a.ReadAt.IsZero()
		whatsapp, sms = whatsapp || a.Channel == courier.WhatsApp, sms || a.Channel == courier.SMS
	}
	count(&f.Taken, taken)
	count(&f.Delivered, delivered)
	count(&f.Read, read)
	count(&f.Used, !d.UsedAt.IsZero())
	count(&f.ByBoth, whatsapp && sms)
	count(&f.Failed, d.State == courier.StateFailed || d.State == courier.StateExpired)
}

func count(n *int, one bool) {
	if one {
		*n++
	}
}

// step is one line of the funnel.
type step struct {
	Name  string
	N, Of int
}

// Steps are the lines of the funnel, each with the accepted ones as its whole.
func (f funnel) Steps() []step {
	return []step{
		{"Accepted", f.Accepted, f.Accepted},
		{"Taken by a provider", f.Taken, f.Accepted},
		{"Delivered", f.Delivered, f.Accepted},
		{"Read", f.Read, f.Accepted},
		{"Used", f.Used, f.Accepted},
		{"SMS after WhatsApp", f.ByBoth, f.Accepted},
		{"Failed or too late", f.Failed, f.Accepted},
	}
}
