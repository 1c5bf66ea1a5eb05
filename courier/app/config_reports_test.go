package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func TestPricesOfReports(t *testing.T) {
	t.Parallel()
	c, err := load(t, write(t, minimal), write(t, "reports: {currency: EUR, prices: [{channel: whatsapp, country: BR, price: 0.0068}, {channel: sms, price: 1}]}"))
	require.NoError(t, err)
	require.Equal(t, "EUR", c.Reports.Currency)
	require.Equal(t, []courier.Price{{Channel: courier.WhatsApp, Country: "BR", Amount: 0.0068}, {Channel: courier.SMS, Amount: 1}}, c.prices())
	for prices, path := range map[string]string{
		"currency: euro":                                  "reports.currency:",
		"prices: [{channel: pigeon, price: 1}]":           "reports.prices.0.channel:",
		"prices: [{channel: sms}]":                        "reports.prices.0.price:",
		"prices: [{channel: sms, price: -1}]":             "reports.prices.0.price:",
		"prices: [{channel: sms, country: UK, price: 1}]": "reports.prices.0.country:",
		"prices: [{channel: sms, price: 1}, {channel: sms, country: BR, price: 1}, {channel: sms, price: 2}]": "reports.prices.2:",
	} {
		_, err := load(t, write(t, minimal), write(t, "reports: {"+prices+"}"))
		require.ErrorContains(t, err, path, prices)
	}
}
