package app

import (
	"errors"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// examined is what doctor needs to know of the configuration and its flags.
func (c *Config) examined(version string, f doctorFlags) (doctor.Settings, error) {
	s := doctor.Settings{Machine: doctor.Machine{PrivateHost: c.Serve.Private.Host, Memory: c.DSN == "memory", Database: c.databaseFile()}}
	if f.kratosConfig != "" {
		basic := c.Kratos.BasicAuth
		s.Kratos = &doctor.Kratos{
			File:         f.kratosConfig,
			Credentials:  auth.New(secret.RevealAll(c.Kratos.APIKeys), basic.Username, basic.Password.Reveal()),
			CodeLifespan: c.Kratos.CodeLifespan, RetrySpan: c.Kratos.RetrySpan,
		}
	}
	if f.kratosAdmin != "" {
		if !exchange.IsBaseURL(f.kratosAdmin) {
			return s, errors.New("--kratos-admin: must be the base URL of Kratos' admin API, such as http://127.0.0.1:4434")
		}
		s.KratosAdmin = adminClient(f.kratosAdmin)
	}
	if !c.uses(courier.WhatsApp) {
		return s, nil
	}
	var callback string
	if f.publicURL != "" {
		if !exchange.IsBaseURL(f.publicURL) {
			return s, errors.New("--public-url: must be a URL such as https://otp.example.com")
		}
		callback = exchange.Join(f.publicURL, metaRoute)
		s.Webhook = &doctor.Webhook{
			URL: callback, VerifyToken: c.WhatsApp.VerifyToken,
			Client: exchange.New(exchange.Options{UserAgent: userAgent(version)}),
		}
	}
	w := c.WhatsApp
	proxy, err := exchange.ParseProxyURL(w.ProxyURL.Reveal())
	if err != nil {
		return s, err // LoadConfig has refused it
	}
	s.Meta = &doctor.Meta{
		BaseURL: w.BaseURL, APIVersion: w.APIVersion, AccountID: w.BusinessAccountID,
		AccessToken: w.AccessToken, AppSecret: w.AppSecrets[0],
		Template: doctor.Template{
			Name: w.Template.Name, Languages: w.Template.Languages, CodeLifespan: c.Kratos.CodeLifespan,
		},
		Callback: callback,
		Client: exchange.New(exchange.Options{
			Timeout: w.Timeout, ConnectTimeout: w.Connect, TLSTimeout: w.TLS, FirstByteTimeout: w.FirstByte,
			UserAgent: userAgent(version), Proxy: proxy,
		}),
	}
	if c.fallsBack() {
		s.Meta.Template.FallbackAfter = c.Fallback.After
	}
	for _, n := range c.numbers() {
		s.Meta.Numbers = append(s.Meta.Numbers, doctor.Number{Section: n.section, ID: n.PhoneNumberID, Rate: n.Rate})
	}
	return s, nil
}

// databaseFile is the file that `dsn` names, or "" when it names none.
func (c *Config) databaseFile() string {
	path, ok := strings.CutPrefix(c.DSN, "sqlite://")
	if !ok {
		return ""
	}
	path, _, _ = strings.Cut(path, "?")
	return path
}
