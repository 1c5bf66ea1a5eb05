package app

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

// faults are the rules that no schema can express.
func (c *Config) faults() []string {
	var faults []string
	require := func(ok bool, path, text string) {
		if !ok {
			faults = append(faults, at(path, text))
		}
	}
	basic := c.Kratos.BasicAuth
	require(len(c.Kratos.APIKeys) > 0 || basic.Username != "" && basic.Password != "", "kratos.api_keys",
		"set at least one key, or both parts of kratos.basic_auth; without them Kratos cannot get in")
	admin := c.Kratos.AdminURL
	require(c.Serve.Public.URL == "" || exchange.IsBaseURL(c.Serve.Public.URL), "serve.public.url", "must be a URL such as https://otp.example.com, without user name, query and #")
	require(admin == "" || exchange.IsBaseURL(admin), "kratos.admin_url", "must be a URL such as http://127.0.0.1:4434, without user name, query and #")
	require(admin != "" || len(c.SecurityEvents.RevokeSessions) == 0, "kratos.admin_url", "missing; security_events.revoke_sessions needs it")
	require((basic.Username == "") == (basic.Password == ""), "kratos.basic_auth", "set both username and password, or neither")

	if c.uses(courier.WhatsApp) {
		w := c.WhatsApp
		require(w.PhoneNumberID != "" || len(w.Numbers) > 0, "whatsapp.phone_number_id", "missing; fallback.mode allows WhatsApp")
		require(w.AccessToken != "", "whatsapp.access_token", "missing; fallback.mode allows WhatsApp")
		require(len(w.AppSecrets) > 0, "whatsapp.app_secrets", "missing; without it no delivery status can be trusted")
		require(w.VerifyToken != "", "whatsapp.verify_token", "missing; Meta's handshake needs it")
		require(slices.Contains(w.Template.Languages, w.Template.DefaultLanguage), "whatsapp.template.default_language",
			"must be one of whatsapp.template.languages")
		faults = append(faults, w.Template.faults()...)
	}
	if c.uses(courier.SMS) {
		require(len(c.smsRoutes()) > 0, "sms.provider",
			"fallback.mode promises SMS, but there is no provider; set one, or fallback.mode: whatsapp_only")
	}
	for i, network := range c.Serve.TrustedProxies {
		_, err := parseNetwork(network)
		require(err == nil, fmt.Sprintf("serve.trusted_proxies.%d", i), "must be a network such as 10.0.0.0/8, an address, or unix")
	}
	return slices.Concat(faults, c.listenerFaults(), c.routeFaults(), c.timeFaults(), c.numberFaults(), c.priceFaults(), c.tracingFaults(), c.statusFaults())
}

// timeFaults are durations that make no sense, alone or together.
func (c *Config) timeFaults() []string {
	var faults []string
	require := func(ok bool, path, text string) {
		if !ok {
			faults = append(faults, at(path, text))
		}
	}
	for path, d := range c.positive() {
		require(d > 0, path, "must be longer than 0s")
	}
	life, f := c.Kratos.CodeLifespan, c.Fallback
	require(c.Keep >= life+c.Kratos.RetrySpan, "keep",
		"must not be shorter than kratos.code_lifespan and kratos.retry_span together, or a repeat of Kratos would look new")
	numbers := c.keepNumbers()
	require(numbers <= c.Keep, "keep_numbers", "must not be longer than keep: then the delivery is gone")
	require(numbers >= life+c.Kratos.RetrySpan || numbers == c.Keep, "keep_numbers",
		"must not be shorter than kratos.code_lifespan and kratos.retry_span together: until then the number is needed")
	require(f.MinRest < life, "fallback.min_rest", "must be shorter than kratos.code_lifespan")
	require(c.Outage.Unanswered <= c.Outage.Of, "outage.unanswered", "must not be more than outage.of")
	require(f.After <= f.Overall, "fallback.overall", "must not be shorter than fallback.after")
	if c.fallsBack() {
		const late = "together with fallback.min_rest it must be shorter than kratos.code_lifespan, or no SMS could leave in time: shorten it"
		require(f.After+f.MinRest < life, "fallback.after", late)
		require(f.Overall+f.MinRest < life, "fallback.overall", late)
	}
	return faults
}

// positive are the durations, by path, for which 0s makes no sense and no other
// rule sees to it.
func (c *Config) positive() map[string]time.Duration {
	times := map[string]time.Duration{
		"serve.grace":                 c.Serve.Grace,
		"serve.private.read_timeout":  c.Serve.Private.ReadTimeout,
		"serve.public.read_timeout":   c.Serve.Public.ReadTimeout,
		"kratos.code_lifespan":        c.Kratos.CodeLifespan,
		"whatsapp.timeout":            c.WhatsApp.Timeout,
		"whatsapp.connect_timeout":    c.WhatsApp.Connect,
		"whatsapp.tls_timeout":        c.WhatsApp.TLS,
		"whatsapp.first_byte_timeout": c.WhatsApp.FirstByte,
		"whatsapp.probe_every":        c.WhatsApp.ProbeEvery,
		"fallback.after":              c.Fallback.After,
		"outage.within":               c.Outage.Within,
		"outage.silent_within":        c.Outage.SilentWithin,
		"sms.timeout":                 c.SMS.Timeout,
		"sms.connect_timeout":         c.SMS.Connect,
		"sms.tls_timeout":             c.SMS.TLS,
		"sms.first_byte_timeout":      c.SMS.FirstByte,
		"sms.receipt_wait":            c.SMS.ReceiptWait,
		"limits.per_number.window":    c.Limits.PerNumber.Window,
		"limits.total.window":         c.Limits.Total.Window,
		"limits.unused.window":        c.Limits.Unused.Window,
		"security_events.block_for":   c.SecurityEvents.BlockFor,
	}
	for path, limit := range c.prefixLimits() {
		if limit.Max > 0 { // never needs no window
			times[path+".window"] = limit.Window
		}
	}
	return times
}

// senderFaults are what the senders find wrong with their settings.
func (c *Config) senderFaults() []string {
	jsonnet, err := newJsonnet()
	if err != nil {
		return []string{err.Error()}
	}
	defer jsonnet.Close()
	if _, err = newSenders(c, Options{Console: io.Discard}, jsonnet); err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}
