package screen

import (
	"context"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

const (
	// funnelSpan is how far back the funnel looks; it counts whole hours, and so the begun
	// ones too.
	funnelSpan = 24 * time.Hour
	// funnelEvery is how old a count may be that is shown again.
	funnelEvery = 10 * time.Second
)

// funnel is how far the codes of the last day came, as reports count them.
type funnel struct{ courier.Counts }

// funnelCache shares one count among all who look.
type funnelCache struct {
	mu   sync.Mutex
	at   time.Time
	last funnel
}

// lastDay adds up what was counted with each change, whatever the traffic was.
func (s *Screen) lastDay(ctx context.Context) (any, error) {
	s.funnel.mu.Lock()
	defer s.funnel.mu.Unlock()
	now := s.Now()
	if !s.funnel.at.IsZero() && now.Sub(s.funnel.at) < funnelEvery {
		return s.funnel.last, nil
	}
	query := courier.TallyQuery{By: courier.ByPurpose, From: now.Add(-funnelSpan), Until: now}
	tallies, err := s.Reader.Tallies(ctx, query.Whole())
	if err != nil {
		return funnel{}, err
	}
	_, total := courier.SumUp(query.By, tallies, nil)
	s.funnel.last, s.funnel.at = funnel{total.Counts}, now
	return s.funnel.last, nil
}

// count is never negative: a change may be known of a message that was counted before
// there were reports.
func (f funnel) count(m courier.Measure) int { return max(f.Counts[m], 0) }

// Suppressed is how many a rule forbade.
func (f funnel) Suppressed() int { return f.count(courier.MeasureSuppressed) }

// step is one line of the funnel.
type step struct {
	Name  string
	N, Of int
}

// Steps are the lines of the funnel, each with the accepted ones as its whole.
func (f funnel) Steps() []step {
	all := f.count(courier.MeasureMessages)
	return []step{
		{"Accepted", all, all},
		{"Taken by a provider", f.count(courier.MeasureSent), all},
		{"Delivered", f.count(courier.MeasureDelivered), all},
		{"Read", f.count(courier.MeasureRead), all},
		{"Used", f.count(courier.MeasureUsed), all},
		{"SMS after WhatsApp", f.count(courier.MeasureFellBack), all},
		{"Failed or too late", f.count(courier.MeasureFailed), all},
	}
}
