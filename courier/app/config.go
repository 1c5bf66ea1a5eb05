package app

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// Config is the whole configuration. config.schema.json describes every setting and
// holds its default; LoadConfig fills it. The tag `origin` of a secret, or of the
// section around it, says where a good one comes from.
type Config struct {
	DSN  string        `koanf:"dsn"`
	Keep time.Duration `koanf:"keep"`
	// KeepNumbers is a duration; "" means Keep.
	KeepNumbers string `koanf:"keep_numbers"`
	Serve       struct {
		Private Listener       `koanf:"private"`
		Public  PublicListener `koanf:"public"`
		Grace   time.Duration  `koanf:"grace"`
		// TrustedProxies are networks or addresses.
		TrustedProxies []string `koanf:"trusted_proxies"`
	} `koanf:"serve"`
	Secrets struct {
		Cipher []secret.Text `koanf:"cipher"`
		Lookup secret.Text   `koanf:"lookup"`
	} `koanf:"secrets" origin:"make one with: openssl rand -hex 32"`
	Kratos struct {
		APIKeys      []secret.Text    `koanf:"api_keys"`
		BasicAuth    secret.BasicAuth `koanf:"basic_auth"`
		CodeLifespan time.Duration    `koanf:"code_lifespan"`
		RetrySpan    time.Duration    `koanf:"retry_span"`
		AdminURL     string           `koanf:"admin_url"`
		AdminToken   secret.Text      `koanf:"admin_token" origin:"take it from who guards Kratos' admin API, or leave it empty"`
	} `koanf:"kratos"`
	Admin struct {
		APIKeys []AdminKey `koanf:"api_keys"`
	} `koanf:"admin"`
	WhatsApp struct {
		BaseURL           string           `koanf:"base_url"`
		APIVersion        string           `koanf:"api_version"`
		PhoneNumberID     string           `koanf:"phone_number_id"`
		Numbers           []WhatsAppNumber `koanf:"numbers"`
		BusinessAccountID string           `koanf:"business_account_id"`
		AccessToken       secret.Text      `koanf:"access_token" origin:"take the token of a system user from Meta's business settings"`
		AppSecrets        []secret.Text    `koanf:"app_secrets" origin:"take it from Meta's app dashboard, App settings, Basic"`
		VerifyToken       secret.Text      `koanf:"verify_token"`
		Template          struct {
			Name            string   `koanf:"name"`
			Languages       []string `koanf:"languages"`
			DefaultLanguage string   `koanf:"default_language"`
			TemplateContent `koanf:",squash"`
		} `koanf:"template"`
		Timeout    time.Duration `koanf:"timeout"`
		Timeouts   `koanf:",squash"`
		ProxyURL   secret.Text   `koanf:"proxy_url" origin:"take it from who runs your proxy, or leave it empty"`
		Retries    int           `koanf:"retries"`
		Rate       int           `koanf:"rate"`
		ProbeEvery time.Duration `koanf:"probe_every"`
	} `koanf:"whatsapp"`
	Fallback struct {
		Mode           courier.Mode            `koanf:"mode"`
		After          time.Duration           `koanf:"after"`
		Overall        time.Duration           `koanf:"overall"`
		MinRest        time.Duration           `koanf:"min_rest"`
		Countries      map[string]courier.Mode `koanf:"countries"`
		AbsentFor      time.Duration           `koanf:"absent_for"`
		SupersedeAfter time.Duration           `koanf:"supersede_after"`
	} `koanf:"fallback"`
	Outage struct {
		Unanswered   int           `koanf:"unanswered"`
		Of           int           `koanf:"of"`
		Within       time.Duration `koanf:"within"`
		Silent       int           `koanf:"silent"`
		SilentWithin time.Duration `koanf:"silent_within"`
	} `koanf:"outage"`
	SMS struct {
		Provider      string        `koanf:"provider"`
		Routes        []SMSRoute    `koanf:"routes"`
		MaxPerHour    int           `koanf:"max_per_hour"`
		MaxPerDay     int           `koanf:"max_per_day"`
		Prefixes      []PrefixLimit `koanf:"prefixes"`
		Timeout       time.Duration `koanf:"timeout"`
		Timeouts      `koanf:",squash"`
		ProxyURL      secret.Text       `koanf:"proxy_url" origin:"take it from who runs your proxy, or leave it empty"`
		Retries       int               `koanf:"retries"`
		RepeatUnknown int               `koanf:"repeat_unknown"`
		ReceiptWait   time.Duration     `koanf:"receipt_wait"`
		Texts         map[string]string `koanf:"texts"`
		Origin        string            `koanf:"origin"`
		SMSProviders  `koanf:",squash"`
	} `koanf:"sms"`
	Limits struct {
		PerNumber struct {
			Max    int           `koanf:"max"`
			Window time.Duration `koanf:"window"`
		} `koanf:"per_number"`
		Total struct {
			Max    int           `koanf:"max"`
			Window time.Duration `koanf:"window"`
		} `koanf:"total"`
		Prefixes  []PrefixLimit `koanf:"prefixes"`
		Countries struct {
			Serve  []string `koanf:"serve"`
			Refuse []string `koanf:"refuse"`
		} `koanf:"countries"`
		RefuseKinds []courier.Kind `koanf:"refuse_kinds"`
		Unused      struct {
			Action   string        `koanf:"action"`
			Percent  int           `koanf:"percent"`
			MinCodes int           `koanf:"min_codes"`
			Window   time.Duration `koanf:"window"`
			Digits   int           `koanf:"digits"`
		} `koanf:"unused"`
	} `koanf:"limits"`
	Status struct {
		Enabled          bool     `koanf:"enabled"`
		Origins          []string `koanf:"origins"`
		PerClient        int      `koanf:"per_client"`
		UnknownPerClient int      `koanf:"unknown_per_client"`
		MaxStreams       int      `koanf:"max_streams"`
	} `koanf:"status"`
	SecurityEvents struct {
		RevokeSessions []string      `koanf:"revoke_sessions"`
		BlockNumber    []string      `koanf:"block_number"`
		BlockFor       time.Duration `koanf:"block_for"`
	} `koanf:"security_events"`
	Reports struct {
		Currency string         `koanf:"currency"`
		Prices   []MessagePrice `koanf:"prices"`
	} `koanf:"reports"`
	Tracing Tracing `koanf:"tracing"`
	Log     struct {
		Level  string `koanf:"level"`
		Format string `koanf:"format"`
	} `koanf:"log"`

	// read is what it was made from.
	read *reading
	// unknownVariables are in the environment and look like settings of ours.
	unknownVariables []string
}

// Timeouts bound parts of a request to a provider.
type Timeouts struct {
	Connect   time.Duration `koanf:"connect_timeout"`
	TLS       time.Duration `koanf:"tls_timeout"`
	FirstByte time.Duration `koanf:"first_byte_timeout"`
}

// Listener is where one of the two servers listens, and what it bears.
type Listener struct {
	// Host is an address, or unix: and the path of a socket.
	Host   string `koanf:"host"`
	Port   int    `koanf:"port"`
	Socket struct {
		Owner string `koanf:"owner"`
		Group string `koanf:"group"`
		// Mode is octal.
		Mode string `koanf:"mode"`
	} `koanf:"socket"`
	MaxConnections int           `koanf:"max_connections"`
	ReadTimeout    time.Duration `koanf:"read_timeout"`
	TLS            TLS           `koanf:"tls"`
}

// PublicListener is the one that the internet reaches.
type PublicListener struct {
	Listener `koanf:",squash"`
	// URL is the base URL under which it does; "" is not said.
	URL string `koanf:"url"`
}

// TLS says how a listener proves who it is, and what it asks of its clients.
type TLS struct {
	Cert        PEMFile  `koanf:"cert"`
	Key         PEMFile  `koanf:"key"`
	ClientCA    PEMFile  `koanf:"client_ca"`
	ClientNames []string `koanf:"client_names"`
	ClientPaths []string `koanf:"client_paths"`
}

// PEMFile names a file in PEM; "" is none.
type PEMFile struct {
	Path string `koanf:"path"`
}

// PrefixLimit bounds the messages to numbers that start alike.
type PrefixLimit struct {
	Prefix string        `koanf:"prefix"`
	Max    int           `koanf:"max"`
	Window time.Duration `koanf:"window"`
}
