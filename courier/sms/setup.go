package sms

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// Setup is what a sender needs beside its provider's own settings.
type Setup struct {
	// Name is what attempts, logs, metrics and the path of its receipts call the
	// sender; "" means the provider's name.
	Name string
	// Section is where the configuration file names the provider, such as sms. Its
	// settings stand below it, under the provider's name. Faults begin with this path.
	Section string
	Texts   *Texts
	// Timeout bounds one request; 0 means 10 seconds.
	Timeout time.Duration
	// UserAgent tells the provider what program asks, such as whatsapp-courier/v1.2.3. ""
	// leaves that of net/http.
	UserAgent string
	// ConnectTimeout, TLSTimeout and FirstByteTimeout bound parts of it: until there is a
	// connection, until it is encrypted, and from the request to the first byte of the
	// answer. 0 leaves that to Timeout.
	ConnectTimeout, TLSTimeout, FirstByteTimeout time.Duration
	// ProxyURL is a proxy to go through, such as http://user:password@proxy.example.com:3128;
	// "" means none, whatever the environment says.
	ProxyURL secret.Text
	// Transport replaces the sender's own, and its proxy. It must not retry.
	Transport http.RoundTripper
	// Evaluator runs snippets.
	Evaluator Evaluator
	// Console is where ConsoleConfig's sender writes.
	Console io.Writer
}

// path is where the settings of a provider stand in the configuration file.
func (s Setup) path(provider string) string { return s.Section + "." + provider }

// name is that of the sender.
func (s Setup) name(provider string) string { return cmp.Or(s.Name, provider) }

// client makes requests as the setup says.
func (s Setup) client() (*exchange.Client, error) {
	proxy, err := exchange.ParseProxyURL(s.ProxyURL.Reveal())
	if err != nil {
		return nil, fmt.Errorf("%s.proxy_url: %w", s.Section, err)
	}
	return exchange.New(exchange.Options{
		Timeout: s.Timeout, ConnectTimeout: s.ConnectTimeout, TLSTimeout: s.TLSTimeout, FirstByteTimeout: s.FirstByteTimeout,
		UserAgent: s.UserAgent, Proxy: proxy, Transport: s.Transport,
	}), nil
}

// checks collect what is wrong with a provider's settings. Each fault begins with the
// path of its setting.
type checks struct {
	// name is that of the sender, and path where its provider's settings stand.
	name, path string
	faults     []error
}

func (s Setup) checks(provider string) *checks {
	c := &checks{name: s.name(provider), path: s.path(provider)}
	if s.Texts == nil {
		c.add(errors.New("sms.texts: are missing"))
	}
	return c
}

// require adds a fault of a setting unless it is ok.
func (c *checks) require(ok bool, setting, what string) {
	if !ok {
		c.add(fmt.Errorf("%s.%s: %s", c.path, setting, what))
	}
}

// callbackURL checks a URL to which the courier adds the parameter ref; "" is no
// fault.
func (c *checks) callbackURL(setting, text string) {
	c.require(text == "" || exchange.IsURL(text), setting,
		"must be a public URL such as https://otp.example.com/webhooks/sms/"+c.name+", without user name and #")
	c.require(!hasParameter(text, "ref"), setting, "must not have the parameter ref, which the courier adds")
}

// add adds a fault that has its path already; nil is none.
func (c *checks) add(fault error) { c.faults = append(c.faults, fault) }

// err is every fault, one a line.
func (c *checks) err() error { return errors.Join(c.faults...) }

// asSender is a provider's sender as one of any provider. A nil pointer in the
// interface would not be nil.
func asSender[S courier.Sender](made S, err error) (courier.Sender, error) {
	if err != nil {
		return nil, err
	}
	return made, nil
}
