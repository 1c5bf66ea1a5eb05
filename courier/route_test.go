package courier

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// twoOfEach has a second WhatsApp number and an SMS provider in reserve.
func twoOfEach(p *Policy) {
	p.Routes = Routes{
		{Name: "meta", Channel: WhatsApp, Rate: 1000},
		{Name: "second", Channel: WhatsApp, Rate: 1000},
		{Name: "twilio", Channel: SMS},
		{Name: "reserve", Channel: SMS},
	}
}

func names(routes Routes) (names []string) {
	for _, r := range routes {
		names = append(names, r.Name)
	}
	return names
}

func TestRoutesServeTheirCountries(t *testing.T) {
	t.Parallel()
	routes := Routes{
		{Name: "meta", Channel: WhatsApp},
		{Name: "brazil", Channel: SMS, Regions: []string{"BR", "PT"}},
		{Name: "all", Channel: SMS},
		{Name: "us", Channel: SMS, Regions: []string{"US"}},
	}
	for number, want := range map[string][]string{
		"+5521987654321": {"brazil", "all"},
		"+12025550143":   {"all", "us"},
		"+447700900123":  {"all"},
	} {
		require.Equal(t, want, names(routes.serving(KnownPhone(number), SMS)), number)
	}
}

// People are shared out by weight, everyone stays with one number, and only those of
// a number that is taken out move.
func TestWeightsShareOutPeople(t *testing.T) {
	t.Parallel()
	routes := Routes{
		{Name: "reserve", Channel: WhatsApp},
		{Name: "large", Channel: WhatsApp, Weight: 3},
		{Name: "small", Channel: WhatsApp, Weight: 1},
		{Name: "other", Channel: WhatsApp, Weight: 4},
	}
	const people = 4000
	shares := map[string]int{}
	for i := range people {
		to := KnownPhone(fmt.Sprintf("+1202555%04d", i))
		served := names(routes.serving(to, WhatsApp))
		require.Equal(t, "reserve", served[3])
		shares[served[0]]++
		if served[0] == "other" {
			continue
		}
		require.Equal(t, served[0], routes[:3].serving(to, WhatsApp)[0].Name, "without the number that was not theirs")
	}
	require.InDelta(t, people/2, shares["other"], people/25)
	require.InDelta(t, people*3/8, shares["large"], people/25)
	require.InDelta(t, people/8, shares["small"], people/25)
}

// What a failure on one route means for the next.
func TestNextRoute(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		channel Channel
		fault   *DeliveryError
		tries   int
		want    []string // the routes by which it may leave now; nil: not on this channel
	}{
		"number banned":                {WhatsApp, &DeliveryError{Class: ClassAccount}, 1, []string{"second"}},
		"number throttled":             {WhatsApp, &DeliveryError{Class: ClassThrottled, RetryAfter: 20 * time.Second}, 1, []string{"second"}},
		"Meta has a problem":           {WhatsApp, &DeliveryError{Class: ClassTransient}, 3, nil},
		"our request":                  {WhatsApp, &DeliveryError{Class: ClassConfig}, 1, nil},
		"not on WhatsApp":              {WhatsApp, &DeliveryError{Class: ClassAbsent}, 1, nil},
		"no answer":                    {WhatsApp, &DeliveryError{Class: ClassUnknown}, 1, nil},
		"provider's account":           {SMS, &DeliveryError{Class: ClassAccount}, 1, []string{"reserve"}},
		"provider refuses us":          {SMS, &DeliveryError{Class: ClassConfig}, 1, []string{"reserve"}},
		"provider throttles":           {SMS, &DeliveryError{Class: ClassThrottled, RetryAfter: time.Minute}, 1, []string{"reserve"}},
		"provider has a problem":       {SMS, &DeliveryError{Class: ClassTransient}, 1, nil},
		"provider has a problem still": {SMS, &DeliveryError{Class: ClassTransient}, 2, []string{"reserve"}},
		"provider may have it":         {SMS, &DeliveryError{Class: ClassDoubtful}, 2, []string{"reserve"}},
		"no such number":               {SMS, &DeliveryError{Class: ClassRecipient}, 1, nil},
		"never again":                  {SMS, &DeliveryError{Class: ClassFinal}, 1, nil},
		"provider gave no answer":      {SMS, &DeliveryError{Class: ClassUnknown}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testPolicy()
			twoOfEach(&p)
			d := testDelivery(t, func(d *Delivery) {
				if c.channel == SMS {
					d.Asked = SMS
				}
			})
			first := p.Routes.of(c.channel)[0].Name
			for range c.tries {
				d = p.begin(d, c.channel, first, at(0))
				d = p.finish(d, len(d.Attempts), Taken{}, c.fault, at(0))
			}
			step := p.Next(d, at(0))
			if c.want == nil {
				require.NotEqual(t, Step{Action: Send, Channel: c.channel}, step)
				return
			}
			require.Equal(t, Step{Action: Send, Channel: c.channel}, step)
			require.Equal(t, c.want, names(p.routes(d, c.channel, at(0))))
		})
	}
}
