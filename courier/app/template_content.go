package app

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/templates"
)

// TemplateContent is what `templates apply` makes of the template at Meta. Sending does
// not depend on it.
type TemplateContent struct {
	Kind                   templates.Kind  `koanf:"kind"`
	Apps                   []templates.App `koanf:"apps"`
	ZeroTapTermsAccepted   bool            `koanf:"zero_tap_terms_accepted"`
	SecurityRecommendation bool            `koanf:"security_recommendation"`
	// ExpiryMinutes is 0 to follow kratos.code_lifespan, and -1 for no line about it.
	ExpiryMinutes int `koanf:"expiry_minutes"`
	// TTLSeconds is 0 to follow fallback.after, and -1 for Meta's 30 days.
	TTLSeconds int `koanf:"message_send_ttl_seconds"`
}

// Meta's bounds (authentication templates and "Time to live", November 2025).
const (
	longestExpiry           = 90 // minutes
	shortestTTL, longestTTL = 30, 900
	noExpiry                = -1
)

// faults are the rules that no schema can express.
func (t TemplateContent) faults() []string {
	const section = "whatsapp.template."
	var faults []string
	if t.Kind == templates.CopyCode && len(t.Apps) > 0 {
		faults = append(faults, section+"apps: kind copy_code hands the code to no app: remove them, or set kind to one_tap or zero_tap")
	}
	if t.Kind != templates.CopyCode && len(t.Apps) == 0 {
		faults = append(faults, section+"apps: kind "+string(t.Kind)+" needs the app that takes the code: its package_name and signature_hash")
	}
	if t.Kind == templates.ZeroTap && !t.ZeroTapTermsAccepted {
		faults = append(faults, section+"zero_tap_terms_accepted: must be true for kind zero_tap: Meta wants you to accept its terms for that")
	}
	if ttl := t.TTLSeconds; ttl > 0 && ttl < shortestTTL {
		faults = append(faults, section+"message_send_ttl_seconds: Meta takes 30 to 900; 0 follows fallback.after, and -1 means 30 days")
	}
	return faults
}

// wantedTemplate is the template as the configuration wants it at Meta.
func (c *Config) wantedTemplate() templates.Wanted {
	t := c.WhatsApp.Template
	return templates.Wanted{
		Name: t.Name, Languages: t.Languages, ZeroTapTermsAccepted: t.ZeroTapTermsAccepted,
		Content: templates.Content{
			Kind: t.Kind, SecurityRecommendation: t.SecurityRecommendation, Apps: t.Apps,
			ExpiryMinutes: c.templateExpiry(), TTLSeconds: c.templateTTL(),
		},
	}
}

// templateExpiry is what the line about the code's life says, in minutes; 0 without the
// line, which cannot say less than a minute or more than Meta takes.
func (c *Config) templateExpiry() int {
	switch minutes := c.WhatsApp.Template.ExpiryMinutes; {
	case minutes == noExpiry:
		return 0
	case minutes > 0:
		return minutes
	}
	minutes := int(c.Kratos.CodeLifespan / time.Minute)
	if minutes > longestExpiry {
		return 0
	}
	return minutes
}

// templateTTL is how long WhatsApp shall try to deliver, in seconds: until the SMS goes,
// or the code dies.
func (c *Config) templateTTL() int {
	if ttl := c.WhatsApp.Template.TTLSeconds; ttl != 0 {
		return ttl
	}
	end := c.Kratos.CodeLifespan
	if c.fallsBack() {
		end = c.Fallback.After
	}
	return min(max(int(end/time.Second), shortestTTL), longestTTL)
}
