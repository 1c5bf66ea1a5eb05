package doctor

import (
	"context"
	"time"

	kratos "github.com/ory/kratos-client-go"
)

// Settings are what the configuration says, and what else was named to look at.
type Settings struct {
	Machine Machine
	// Meta is nil when no mode allows WhatsApp.
	Meta *Meta
	// Webhook is nil when its public address is not known.
	Webhook *Webhook
	// Kratos is nil when its configuration was not named.
	Kratos *Kratos
	// KratosAdmin is nil when its address was not named.
	KratosAdmin *kratos.APIClient
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
	if s.Kratos != nil {
		s.Kratos.examine(&r)
	} else {
		r.skipped("--kratos-config", "Kratos' configuration")
	}
	if s.KratosAdmin != nil {
		runningKratos(ctx, s.KratosAdmin, &r)
	} else {
		r.skipped("--kratos-admin", "the running Kratos")
	}
	return r
}
