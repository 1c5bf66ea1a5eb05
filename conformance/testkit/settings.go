package testkit

import (
	"strconv"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

// timesOf are the times of settings, by their paths in the configuration of this
// repository's courier.
func timesOf(s *target.Settings) map[string]*string {
	return map[string]*string{
		"fallback.after":           &s.FallbackAfter,
		"fallback.overall":         &s.FallbackOverall,
		"fallback.supersede_after": &s.SupersedeAfter,
		"fallback.min_rest":        &s.MinRest,
		"limits.per_number.window": &s.LimitWindow,
		"whatsapp.probe_every":     &s.ProbeEvery,
	}
}

// set puts the settings that every courier may have into the configuration of
// this repository's.
func (c Config) set(s target.Settings) {
	for path, value := range timesOf(&s) {
		if *value != "" {
			c.Set(path, *value)
		}
	}
	if n, err := strconv.Atoi(s.SMSBudget); err == nil {
		c.Set("sms.max_per_hour", n)
	}
	if s.RefusedCountry != "" {
		c.Set("limits.countries.refuse", []string{s.RefusedCountry})
	}
}

// Times are the settings that are times, as it was started; "" where its configuration
// does not say one.
func (c *Courier) Times() target.Settings {
	if c.Foreign() {
		return c.settings
	}
	var s target.Settings
	for path, value := range timesOf(&s) {
		*value, _ = c.Setting(path).(string)
	}
	return s
}
