package doctor

import (
	"context"
	"time"
)

// Settings are what the configuration says, and what else was named to look at.
type Settings struct {
	Machine Machine
	// Meta is nil when no mode allows WhatsApp.
	Meta *Meta
	// Webhook is nil when its public address is not known.
	Webhook *Webhook
}

// Examine looks at everything that the settings name.
func Examine(ctx context.Context, s Settings, now func() time.Time) Report {
	r := Report{Findings: []Finding{}, Facts: []Fact{}, Skipped: []string{}}
	s.Machine.examine(&r)
	if s.Meta != nil {
		s.Meta.examine(ctx, &r, now)
	}
	switch {
	case s.Webhook != nil:
		s.Webhook.examine(ctx, &r)
	case s.Meta != nil:
		r.skipped("the webhook as Meta reaches it: name the public address with --public-url")
	}
	return r
}
