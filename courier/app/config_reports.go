package app

import (
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// MessagePrice is what a message costs, for reports.
type MessagePrice struct {
	Channel courier.Channel `koanf:"channel"`
	// Country is "" for all that have no price of their own.
	Country string  `koanf:"country"`
	Price   float64 `koanf:"price"`
}

// prices are those of reports.prices.
func (c *Config) prices() []courier.Price {
	var prices []courier.Price
	for _, p := range c.Reports.Prices {
		prices = append(prices, courier.Price{Channel: p.Channel, Country: p.Country, Amount: p.Price})
	}
	return prices
}

// priceFaults are prices that are there twice: one of them would never be used.
func (c *Config) priceFaults() []string {
	var faults []string
	seen := make(map[string]bool)
	for i, p := range c.Reports.Prices {
		key := string(p.Channel) + " " + p.Country
		if seen[key] {
			faults = append(faults, at(fmt.Sprintf("reports.prices.%d", i), "the same channel and country have a price before this one"))
		}
		seen[key] = true
	}
	return faults
}
