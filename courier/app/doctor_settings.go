package app

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/kratos"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/operator"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
)

// serviceTimeout bounds a request to a running courier.
const serviceTimeout = 10 * time.Second

// examined is what doctor needs to know of the configuration and its flags.
func (c *Config) examined(version string, f doctorFlags, jsonnet sms.Evaluator) (doctor.Settings, error) {
	s := doctor.Settings{Machine: doctor.Machine{
		PrivateHost: c.Serve.Private.Host, PublicHost: c.Serve.Public.Host,
		Memory: c.DSN == "memory", Database: c.databaseFile(), Files: c.read.filesOfSecrets(),
	}}
	if f.kratosConfig != "" {
		basic := c.Kratos.BasicAuth
		s.Kratos = &doctor.Kratos{
			File:         f.kratosConfig,
			Credentials:  auth.New(secret.RevealAll(c.Kratos.APIKeys), basic.Username, basic.Password.Reveal()),
			CodeLifespan: c.Kratos.CodeLifespan, RetrySpan: c.Kratos.RetrySpan,
			Bodies: &doctor.Bodies{Evaluate: jsonnet.Evaluate, Message: kratos.ParseMessage, Event: kratos.ParseEvent},
		}
	}
	if admin := cmp.Or(f.kratosAdmin, c.Kratos.AdminURL); admin != "" {
		if !exchange.IsBaseURL(admin) {
			return s, errors.New("--kratos-admin: must be the base URL of Kratos' admin API, such as http://127.0.0.1:4434")
		}
		s.KratosAdmin = &doctor.KratosAdmin{
			Client: adminClient(admin, c.Kratos.AdminToken.Reveal()), Where: "--kratos-admin", EndsSessions: len(c.SecurityEvents.RevokeSessions) > 0,
		}
		if f.kratosAdmin == "" {
			s.KratosAdmin.Where = "kratos.admin_url"
		}
	}
	if f.url != "" {
		base, client, err := operator.Reach(f.url, serviceTimeout)
		if err != nil {
			return s, err
		}
		s.Service = &doctor.Service{Base: base, HTTP: client, Version: version, Settings: c.fingerprints()}
		if keys := c.Admin.APIKeys; len(keys) > 0 {
			s.Service.AdminKey = keys[0].Key
		}
	}
	var err error
	if s.Public, err = f.publicAddress(c, version); err != nil {
		return s, err
	}
	if c.uses(courier.SMS) {
		s.SMS, err = c.examinedSMS(version, jsonnet)
	}
	if c.uses(courier.WhatsApp) && err == nil {
		err = c.examineMeta(&s, version)
	}
	return s, err
}

// publicAddress is that of the flag, or else of the configuration, which has checked it.
func (f *doctorFlags) publicAddress(c *Config, version string) (doctor.PublicAddress, error) {
	public := doctor.PublicAddress{URL: c.Serve.Public.URL, Where: "serve.public.url"}
	if f.publicSaid || f.publicURL != "" {
		public.URL, public.Where = f.publicURL, "--public-url"
	}
	if public.URL == "" {
		return doctor.PublicAddress{}, nil
	}
	if !exchange.IsBaseURL(public.URL) {
		return doctor.PublicAddress{}, errors.New("--public-url: must be a URL such as https://otp.example.com")
	}
	public.Client = exchange.New(exchange.Options{UserAgent: userAgent(version)})
	return public, nil
}

// examineMeta adds what doctor needs to know of what is at Meta.
func (c *Config) examineMeta(s *doctor.Settings, version string) error {
	w := c.WhatsApp
	var callback string
	if s.Public.URL != "" {
		callback = exchange.Join(s.Public.URL, metaRoute)
		s.Webhook = &doctor.Webhook{URL: callback, Where: s.Public.Where, VerifyToken: w.VerifyToken, Client: s.Public.Client}
	}
	proxy, err := exchange.ParseProxyURL(w.ProxyURL.Reveal())
	if err != nil {
		return err // LoadConfig has refused it
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
	return nil
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
