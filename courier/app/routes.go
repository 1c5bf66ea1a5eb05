package app

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/knadh/koanf/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
)

// WhatsAppNumber is one of several sending numbers.
type WhatsAppNumber struct {
	PhoneNumberID string `koanf:"phone_number_id"`
	Name          string `koanf:"name"`
	Rate          int    `koanf:"rate"`
	Weight        int    `koanf:"weight"`

	// section is where it stands in the configuration file.
	section string
}

// SMSRoute is one of several ways to send SMS. What it does not set is as under sms.
type SMSRoute struct {
	Provider     string      `koanf:"provider"`
	Name         string      `koanf:"name"`
	Countries    []string    `koanf:"countries"`
	ProxyURL     secret.Text `koanf:"proxy_url" origin:"take it from who runs your proxy, or leave it empty"`
	SMSProviders `koanf:",squash"`

	section string
}

// readSMSRoutes gives every route what it does not set itself, but for credentials of
// another address.
func (c *Config) readSMSRoutes(values *koanf.Koanf) error {
	for i, own := range values.Slices("sms.routes") {
		if i >= len(c.SMS.Routes) {
			break // an item that is no object, which the schema refuses
		}
		all := values.Cut("sms")
		all.Delete("routes")
		for address, credentials := range credentialsFor() {
			if own.Exists(address) && own.String(address) != all.String(address) {
				for _, path := range credentials {
					all.Delete(path)
				}
			}
		}
		var route SMSRoute
		if err := errors.Join(all.Merge(own), all.Unmarshal("", &route)); err != nil {
			return err
		}
		c.SMS.Routes[i] = route
	}
	return nil
}

// credentialsFor are the settings that prove to an address who we are, by the setting
// of that address. A route with another address does not send them there.
func credentialsFor() map[string][]string {
	return map[string][]string{
		"twilio.base_url": {"twilio.auth_token"},
		"http.url": {
			"http.headers", "http.account_url", "http.callback", "http.auth.type", "http.auth.config.name", "http.auth.config.value",
			"http.auth.config.user", "http.auth.config.password",
		},
	}
}

// numbers are the sending numbers, also where the configuration has the short form.
func (c *Config) numbers() []WhatsAppNumber {
	if len(c.WhatsApp.Numbers) == 0 {
		return []WhatsAppNumber{{PhoneNumberID: c.WhatsApp.PhoneNumberID, Name: whatsapp.Provider, Rate: c.WhatsApp.Rate, section: "whatsapp"}}
	}
	numbers := make([]WhatsAppNumber, 0, len(c.WhatsApp.Numbers))
	for i, n := range c.WhatsApp.Numbers {
		n.Name, n.Rate = cmp.Or(n.Name, n.PhoneNumberID), cmp.Or(n.Rate, c.WhatsApp.Rate)
		n.section = fmt.Sprintf("whatsapp.numbers.%d", i)
		numbers = append(numbers, n)
	}
	return numbers
}

// smsRoutes are the ways to send SMS, also where the configuration has the short form.
func (c *Config) smsRoutes() []SMSRoute {
	if len(c.SMS.Routes) == 0 {
		if c.SMS.Provider == noProvider {
			return nil
		}
		return []SMSRoute{{Provider: c.SMS.Provider, Name: c.SMS.Provider, ProxyURL: c.SMS.ProxyURL, SMSProviders: c.SMS.SMSProviders, section: "sms"}}
	}
	routes := make([]SMSRoute, 0, len(c.SMS.Routes))
	for i, r := range c.SMS.Routes {
		r.Name, r.section = cmp.Or(r.Name, r.Provider), fmt.Sprintf("sms.routes.%d", i)
		routes = append(routes, r)
	}
	return routes
}

// numberNames are the names of the sending numbers, by Meta's id.
type numberNames map[string]string

// of names the number that a webhook is about. Of a courier with one number they all
// are about that, even if they lack its id.
func (n numberNames) of(id string) string {
	if name, ok := n[id]; ok || len(n) != 1 {
		return name
	}
	for _, only := range n {
		return only
	}
	return ""
}

func (c *Config) numberNames() numberNames {
	names := make(numberNames)
	for _, n := range c.numbers() {
		names[n.PhoneNumberID] = n.Name
	}
	return names
}

// noProvider is the sms.provider of those who send no SMS.
const noProvider = "none"

// routes are the ways of the channels that a mode allows.
func (c *Config) routes() courier.Routes {
	var routes courier.Routes
	if c.uses(courier.WhatsApp) {
		for _, n := range c.numbers() {
			routes = append(routes, courier.Route{Name: n.Name, Channel: courier.WhatsApp, Weight: n.Weight, Rate: n.Rate})
		}
	}
	if c.uses(courier.SMS) {
		for _, r := range c.smsRoutes() {
			routes = append(routes, courier.Route{Name: r.Name, Channel: courier.SMS, Regions: r.Countries})
		}
	}
	return routes
}

// routeFaults are numbers and SMS routes that do not go together.
func (c *Config) routeFaults() []string {
	var faults []string
	require := func(ok bool, path, text string) {
		if !ok {
			faults = append(faults, at(path, text))
		}
	}
	require(len(c.WhatsApp.Numbers) == 0 || c.WhatsApp.PhoneNumberID == "", "whatsapp.numbers",
		"set these or whatsapp.phone_number_id, not both")
	require(len(c.SMS.Routes) == 0 || c.SMS.Provider == noProvider, "sms.routes", "set these or sms.provider, not both")
	names, ids := map[string]string{}, map[string]string{}
	once := func(seen map[string]string, section, setting, value string) bool {
		other, again := seen[value]
		require(!again, section+"."+setting, "is that of "+other+" too: each must have its own")
		seen[value] = section
		return !again
	}
	for _, n := range c.numbers() {
		if once(ids, n.section, "phone_number_id", n.PhoneNumberID) {
			once(names, n.section, "name", n.Name)
		}
	}
	callbacks := map[string]string{}
	everywhere := len(c.SMS.Routes) == 0
	for _, r := range c.smsRoutes() {
		once(names, r.section, "name", r.Name)
		if setting, url := r.callbackURL(r.Provider); url != "" {
			once(callbacks, r.section, setting, url)
		}
		everywhere = everywhere || len(r.Countries) == 0
		faults = append(faults, r.missing(r.section, r.Provider)...)
	}
	require(everywhere, "sms.routes", "one must serve every country: leave its countries away")
	return faults
}
