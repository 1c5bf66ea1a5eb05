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
	// SMS are the ways to send SMS that a mode allows.
	SMS []SMS
	// Public is where the public listener is from outside.
	Public PublicAddress
	// Service is nil when its address was not named.
	Service *Service
	// Trial is nil when no test code is to be sent.
	Trial *Trial
	// Kratos is nil when its configuration was not named.
	Kratos *Kratos
	// KratosAdmin is nil when its address was not named.
	KratosAdmin *KratosAdmin
}

// Examine looks at everything that the settings name.
func Examine(ctx context.Context, s Settings, now func() time.Time) Report {
	r := Report{Findings: []Finding{}, Facts: []Fact{}, Skipped: []Fact{}}
	s.Machine.examine(&r)
	if s.Meta != nil {
		s.Meta.examine(ctx, &r, now)
	}
	switch {
	case s.Webhook != nil:
		s.Webhook.examine(ctx, &r)
	case s.Meta != nil:
		r.skipped("--public-url", "the webhook as Meta reaches it")
	}
	s.Public.clock = s.Meta == nil
	for _, route := range s.SMS {
		route.examine(ctx, &r, s.Public, now)
	}
	if s.Service != nil {
		s.Service.examine(ctx, &r, now)
	} else {
		r.skipped("--url", "the running courier")
	}
	if s.Kratos != nil {
		s.Kratos.examine(ctx, &r)
	} else {
		r.skipped("--kratos-config", "Kratos' configuration")
	}
	if s.KratosAdmin != nil {
		s.KratosAdmin.examine(ctx, &r)
	} else {
		r.skipped("--kratos-admin", "the running Kratos")
	}
	if s.Trial != nil {
		s.Trial.examine(ctx, &r, now)
	}
	return r
}
