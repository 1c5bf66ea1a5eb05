package app

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Config is the whole configuration. config.schema.json describes every
// setting; LoadConfig fills it.
type Config struct {
	DSN   string        `koanf:"dsn"`
	Keep  time.Duration `koanf:"keep"`
	Serve struct {
		Private Listener      `koanf:"private"`
		Public  Listener      `koanf:"public"`
		Grace   time.Duration `koanf:"grace"`
		// TrustedProxies are networks or addresses.
		TrustedProxies []string `koanf:"trusted_proxies"`
	} `koanf:"serve"`
	Secrets struct {
		Cipher []Secret `koanf:"cipher"`
		Lookup Secret   `koanf:"lookup"`
	} `koanf:"secrets"`
	Kratos struct {
		APIKeys      []Secret      `koanf:"api_keys"`
		BasicAuth    BasicPair     `koanf:"basic_auth"`
		CodeLifespan time.Duration `koanf:"code_lifespan"`
		RetrySpan    time.Duration `koanf:"retry_span"`
	} `koanf:"kratos"`
	Admin struct {
		APIKeys []Secret `koanf:"api_keys"`
	} `koanf:"admin"`
	WhatsApp struct {
		BaseURL           string   `koanf:"base_url"`
		APIVersion        string   `koanf:"api_version"`
		PhoneNumberID     string   `koanf:"phone_number_id"`
		BusinessAccountID string   `koanf:"business_account_id"`
		AccessToken       Secret   `koanf:"access_token"`
		AppSecrets        []Secret `koanf:"app_secrets"`
		VerifyToken       Secret   `koanf:"verify_token"`
		Template          struct {
			Name            string   `koanf:"name"`
			Languages       []string `koanf:"languages"`
			DefaultLanguage string   `koanf:"default_language"`
		} `koanf:"template"`
		Timeout    time.Duration `koanf:"timeout"`
		ProxyURL   Secret        `koanf:"proxy_url"`
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
	SMS struct {
		Provider   string            `koanf:"provider"`
		MaxPerHour int               `koanf:"max_per_hour"`
		MaxPerDay  int               `koanf:"max_per_day"`
		Prefixes   []PrefixLimit     `koanf:"prefixes"`
		Timeout    time.Duration     `koanf:"timeout"`
		ProxyURL   Secret            `koanf:"proxy_url"`
		Retries    int               `koanf:"retries"`
		Texts      map[string]string `koanf:"texts"`
		Twilio     struct {
			BaseURL            string   `koanf:"base_url"`
			AccountSID         string   `koanf:"account_sid"`
			AuthToken          Secret   `koanf:"auth_token"`
			From               string   `koanf:"from"`
			CallbackURL        string   `koanf:"callback_url"`
			CallbackAuthTokens []Secret `koanf:"callback_auth_tokens"`
		} `koanf:"twilio"`
		HTTP HTTPProvider `koanf:"http"`
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
	Log struct {
		Level  string `koanf:"level"`
		Format string `koanf:"format"`
	} `koanf:"log"`

	// unknownVariables are in the environment and look like settings of ours.
	unknownVariables []string
}

// Listener is where one of the two servers listens.
type Listener struct {
	Host string `koanf:"host"`
	Port int    `koanf:"port"`
}

// BasicPair is a user name and password of HTTP basic authentication.
type BasicPair struct {
	Username string `koanf:"username"`
	Password Secret `koanf:"password"`
}

// PrefixLimit bounds the messages to numbers that start alike.
type PrefixLimit struct {
	Prefix string        `koanf:"prefix"`
	Max    int           `koanf:"max"`
	Window time.Duration `koanf:"window"`
}

// HTTPProvider describes an SMS provider with an HTTP API.
type HTTPProvider struct {
	URL     string            `koanf:"url"`
	Method  string            `koanf:"method"`
	Headers map[string]Secret `koanf:"headers"`
	Auth    struct {
		Type   string `koanf:"type"`
		Config struct {
			In       string `koanf:"in"`
			Name     string `koanf:"name"`
			Value    Secret `koanf:"value"`
			User     string `koanf:"user"`
			Password Secret `koanf:"password"`
		} `koanf:"config"`
	} `koanf:"auth"`
	Body      string `koanf:"body"`
	MessageID string `koanf:"message_id"`
	Receipt   string `koanf:"receipt"`
	Callback  struct {
		URL       string    `koanf:"url"`
		APIKeys   []Secret  `koanf:"api_keys"`
		BasicAuth BasicPair `koanf:"basic_auth"`
	} `koanf:"callback"`
}
