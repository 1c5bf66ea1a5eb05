package app

import (
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// numberFaults are countries and prefixes that no number has: a list with a
// misspelt country would let pass what it was written to stop.
func (c *Config) numberFaults() []string {
	var faults []string
	country := func(path, code string) {
		hint, ok := courier.CheckRegion(code)
		switch {
		case ok:
		case hint != "":
			faults = append(faults, at(path, fmt.Sprintf("no phone number has the country code %q; did you mean %s?", code, hint)))
		default:
			faults = append(faults, at(path, fmt.Sprintf("no phone number has the country code %q; use ISO 3166-1 codes such as BR, or 001 for networks without a country", code)))
		}
	}
	for code := range c.Fallback.Countries {
		country("fallback.countries."+code, code)
	}
	for i, route := range c.SMS.Routes {
		for j, code := range route.Countries {
			country(fmt.Sprintf("sms.routes.%d.countries.%d", i, j), code)
		}
	}
	for i, price := range c.Reports.Prices {
		if price.Country != "" {
			country(fmt.Sprintf("reports.prices.%d.country", i), price.Country)
		}
	}
	for i, code := range c.Limits.Countries.Serve {
		country(fmt.Sprintf("limits.countries.serve.%d", i), code)
	}
	for i, code := range c.Limits.Countries.Refuse {
		country(fmt.Sprintf("limits.countries.refuse.%d", i), code)
	}
	for path, limit := range c.prefixLimits() {
		if !courier.PossiblePrefix(limit.Prefix) {
			faults = append(faults, at(path+".prefix", "no phone number starts so: write a plus and the country calling code, such as +44"))
		}
	}
	return faults
}

// prefixLimits are the limits of numbers that start alike, by path.
func (c *Config) prefixLimits() map[string]PrefixLimit {
	limits := make(map[string]PrefixLimit)
	for i, l := range c.Limits.Prefixes {
		limits[fmt.Sprintf("limits.prefixes.%d", i)] = l
	}
	for i, l := range c.SMS.Prefixes {
		limits[fmt.Sprintf("sms.prefixes.%d", i)] = l
	}
	return limits
}
