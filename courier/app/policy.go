package app

import (
	"net/netip"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// answerSlack lets a sender's own timeout strike first, which knows how far the
// request got.
const answerSlack = 2 * time.Second

// policy is the part of the configuration that the plan goes by.
func (c *Config) policy() courier.Policy {
	return courier.Policy{
		Mode:            c.Fallback.Mode,
		Modes:           c.Fallback.Countries,
		Routes:          c.routes(),
		CodeLife:        c.Kratos.CodeLifespan,
		MinRest:         c.Fallback.MinRest,
		FallbackAfter:   c.Fallback.After,
		FallbackOverall: c.Fallback.Overall,
		SendTimeout:     max(c.WhatsApp.Timeout, c.SMS.Timeout) + answerSlack,
		WhatsAppRetries: c.WhatsApp.Retries,
		SMSRetries:      c.SMS.Retries,
		RepeatUnknown:   c.SMS.RepeatUnknown,
		// Until then the request itself may still be under way.
		ReceiptWait:    max(c.SMS.ReceiptWait, c.SMS.Timeout+answerSlack),
		AbsentFor:      c.Fallback.AbsentFor,
		SupersedeAfter: c.Fallback.SupersedeAfter,
		Backoff:        courier.JitteredBackoff,
		Spread:         courier.JitteredSpread,
	}
}

// keepNumbers is how long deliveries keep their number. What is no duration the schema
// refuses.
func (c *Config) keepNumbers() time.Duration {
	if keep, err := time.ParseDuration(c.KeepNumbers); err == nil {
		return keep
	}
	return c.Keep
}

func (c *Config) outage() courier.Outage { return courier.Outage(c.Outage) }

// trustedProxies are networks that were checked when the configuration was loaded.
func (c *Config) trustedProxies() []netip.Prefix {
	var networks []netip.Prefix
	for _, text := range c.Serve.TrustedProxies {
		if network, err := parseNetwork(text); err == nil {
			networks = append(networks, network)
		}
	}
	return networks
}

func (c *Config) limits() courier.Limits {
	return courier.Limits{
		NumberMax:    c.Limits.PerNumber.Max,
		NumberWindow: c.Limits.PerNumber.Window,
		Total:        courier.Rate{Max: c.Limits.Total.Max, Window: c.Limits.Total.Window},
		Prefixes:     prefixRates(c.Limits.Prefixes),
		Serve:        c.Limits.Countries.Serve,
		Refuse:       c.Limits.Countries.Refuse,
		RefuseKinds:  c.Limits.RefuseKinds,
		Unused:       c.unused(),
		KeepPlaces:   c.Status.Enabled,
		Block:        courier.Block{Events: c.SecurityEvents.BlockNumber, For: c.SecurityEvents.BlockFor},
	}
}

func (c *Config) unused() courier.Unused {
	u := c.Limits.Unused
	if u.Action == "off" {
		return courier.Unused{}
	}
	return courier.Unused{
		Percent: u.Percent, Least: u.MinCodes, Window: u.Window, Digits: u.Digits, Stop: u.Action == "stop",
	}
}

func (c *Config) budgets() courier.Budgets {
	return courier.Budgets{
		Total: []courier.Rate{
			{Max: c.SMS.MaxPerHour, Window: time.Hour},
			{Max: c.SMS.MaxPerDay, Window: 24 * time.Hour},
		},
		Prefixes: prefixRates(c.SMS.Prefixes),
	}
}

func prefixRates(limits []PrefixLimit) []courier.PrefixRate {
	rates := make([]courier.PrefixRate, 0, len(limits))
	for _, l := range limits {
		rates = append(rates, courier.PrefixRate{Prefix: l.Prefix, Rate: courier.Rate{Max: l.Max, Window: l.Window}})
	}
	return rates
}

// uses reports whether any country's mode allows a channel.
func (c *Config) uses(channel courier.Channel) bool {
	not := courier.WhatsAppOnly
	if channel == courier.WhatsApp {
		not = courier.SMSOnly
	}
	for _, mode := range c.Fallback.Countries {
		if mode != not {
			return true
		}
	}
	return c.Fallback.Mode != not
}

// fallsBack reports whether SMS takes over from WhatsApp in any country.
func (c *Config) fallsBack() bool {
	for _, mode := range c.Fallback.Countries {
		if mode == courier.WhatsAppOrSMS {
			return true
		}
	}
	return c.Fallback.Mode == courier.WhatsAppOrSMS
}
