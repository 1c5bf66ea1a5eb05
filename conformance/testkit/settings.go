package testkit

import (
	"strconv"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

// set puts the settings that every courier may have into the configuration of
// this repository's.
func (c Config) set(s target.Settings) {
	for path, value := range map[string]string{
		"fallback.after":           s.FallbackAfter,
		"fallback.overall":         s.FallbackOverall,
		"fallback.supersede_after": s.SupersedeAfter,
		"fallback.min_rest":        s.MinRest,
		"limits.per_number.window": s.LimitWindow,
		"whatsapp.probe_every":     s.ProbeEvery,
	} {
		if value != "" {
			c.Set(path, value)
		}
	}
	if n, err := strconv.Atoi(s.SMSBudget); err == nil {
		c.Set("sms.max_per_hour", n)
	}
	if s.RefusedCountry != "" {
		c.Set("limits.countries.refuse", []string{s.RefusedCountry})
	}
}
