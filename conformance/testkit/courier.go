package testkit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

// CourierOptions describe a courier.
type CourierOptions struct {
	// Bin is the program; empty means COURIER_BIN, then bin/whatsapp-courier.
	Bin string
	// Dir keeps configuration, database and log; empty means a temporary one.
	Dir string
	// PrivatePort and PublicPort are the ports; 0 means any free one.
	PrivatePort, PublicPort int
	// MockAPI is the base URL of the mock, which plays Meta and Twilio.
	MockAPI string
	// CAFile has the certificates that the courier trusts; empty means the system's.
	CAFile string
	// Fillable lets FillDisk work, or fails with ErrNoFillableDisk.
	Fillable bool
	// Configure changes the configuration before it is written; may be nil.
	Configure func(Config)
	// Target is another courier to start in its place; nil for this one.
	Target *target.Target
	// Settings are those that any courier may have; Configure wins.
	Settings target.Settings
	// DSN is a PostgreSQL, as postgres://..., in which the courier gets a schema of its
	// own; empty means CourierDSNVariable, then a file of SQLite.
	DSN string
	// Replicas is how many processes there are, behind a round robin; 0 means
	// ReplicasVariable, then one. Several need a PostgreSQL.
	Replicas int
	// ConfigureReplica changes the configuration of one replica, from 0; may be nil.
	ConfigureReplica func(number int, c Config)
}

// Courier is a running courier: one process, or several replicas behind a round robin.
type Courier struct {
	group
	// PrivateURL is the base URL for Kratos and operators, PublicURL for Meta.
	PrivateURL, PublicURL string
	// KratosKey and AdminKey open the endpoints for Kratos and for operators.
	KratosKey, AdminKey string
	// Dir holds courier.yml, courier.db with its WAL, and the log.
	Dir string
	// Replicas are the processes of this repository's courier.
	Replicas []*Replica

	// described is what a target file says of a foreign courier, target the same
	// with the values of this one, and settings how it was started.
	described, target *target.Target
	settings          target.Settings
	configureReplica  func(number int, c Config)
	// config is that of all replicas, but for their ports.
	config Config
	// balancers are the round robin before the private and the public listeners; none
	// before one process.
	balancers []*balancer
	remove    []func() error
}

// StartCourier writes a configuration with fresh secrets and a database of its own,
// starts a courier with it and waits until it says that it is ready.
func StartCourier(ctx context.Context, o CourierOptions) (*Courier, error) {
	replicas, err := o.replicas()
	if err != nil {
		return nil, err
	}
	bin, err := binary(o.Bin, "COURIER_BIN", "whatsapp-courier")
	if err != nil {
		return nil, err
	}
	dir, remove, err := workDir(o.Dir, "courier")
	if err != nil {
		return nil, err
	}
	c := &Courier{KratosKey: Secret(), AdminKey: Secret(), Dir: dir, remove: []func() error{remove}, configureReplica: o.ConfigureReplica}
	if err := c.begin(ctx, o, bin, replicas); err != nil {
		return nil, errors.Join(fmt.Errorf("start the courier: %w", err), c.Kill(), c.clear())
	}
	return c, nil
}

// begin makes the database, and starts the replicas.
func (c *Courier) begin(ctx context.Context, o CourierOptions, bin string, replicas int) error {
	dsn, err := c.makeDatabase(ctx, o)
	if err != nil {
		return err
	}
	c.config = c.defaults(o, dsn)
	c.config.set(o.Settings)
	if o.Configure != nil {
		o.Configure(c.config)
	}
	for range replicas {
		if err := c.add(o, bin); err != nil {
			return err
		}
	}
	if replicas > 1 {
		if err := c.balance(ctx); err != nil {
			return err
		}
	}
	return c.run(ctx)
}

func (c *Courier) defaults(o CourierOptions, dsn string) Config {
	return Config{
		"dsn": dsn,
		"serve": map[string]any{
			"private": map[string]any{"host": loopback, "port": o.PrivatePort},
			"public":  map[string]any{"host": loopback, "port": o.PublicPort},
		},
		"secrets": map[string]any{"cipher": []string{Secret()}, "lookup": Secret()},
		"kratos":  map[string]any{"api_keys": []string{c.KratosKey}},
		"admin":   map[string]any{"api_keys": []string{c.AdminKey}},
		"whatsapp": map[string]any{
			"base_url":        o.MockAPI,
			"phone_number_id": MockPhoneNumberID,
			"access_token":    MockAccessToken,
			"app_secrets":     []string{MockAppSecret},
			"verify_token":    MockVerifyToken,
			"template": map[string]any{
				"name":             MockTemplate,
				"languages":        templateLanguages(),
				"default_language": "en_US",
			},
		},
		"sms": map[string]any{
			"provider": "twilio",
			"twilio": map[string]any{
				"base_url":    o.MockAPI,
				"account_sid": MockTwilioAccountSID,
				"auth_token":  MockTwilioAuthToken,
				"from":        "+15550100124",
			},
		},
	}
}

// Restart starts a stopped or killed courier again, with the same data, secrets
// and ports.
func (c *Courier) Restart(ctx context.Context) error {
	if !c.ended() {
		return errors.New("the courier still runs: stop or kill it first")
	}
	run := c.run
	if c.Foreign() {
		run = func(ctx context.Context) error { return c.start(ctx, c.answers) }
	}
	if err := run(ctx); err != nil {
		return fmt.Errorf("restart the courier: %w", err)
	}
	return nil
}

// ConfigFile is the configuration that the courier, or its first replica, was started
// with.
func (c *Courier) ConfigFile() string { return filepath.Join(c.Dir, "courier.yml") }

// Setting is what the configuration has at a dotted path, or nil.
func (c *Courier) Setting(path string) any { return c.config.Get(path) }

// Set changes what the configuration has at a dotted path, from the next start on.
func (c *Courier) Set(path string, value any) { c.config.Set(path, value) }

// DatabaseFile is the SQLite database; its WAL lies beside it.
func (c *Courier) DatabaseFile() string { return filepath.Join(c.Dir, "courier.db") }

// MessagesURL is where Kratos posts messages, EventsURL its web hooks ("" if it
// takes none), and WebhookURL where Meta posts statuses.
func (c *Courier) MessagesURL() string {
	if c.target != nil {
		return c.target.Messages.URL
	}
	return c.PrivateURL + "/kratos/messages"
}

// EventsURL is where Kratos' after-login web hook posts.
func (c *Courier) EventsURL() string {
	switch {
	case c.target == nil:
		return c.PrivateURL + "/kratos/events"
	case c.target.Events == nil:
		return ""
	}
	return c.target.Events.URL
}

// KratosURL is the base of the URLs that Kratos posts to.
func (c *Courier) KratosURL() string {
	if c.target != nil {
		return c.target.Base()
	}
	return c.PrivateURL
}

// ReadyURL answers 200 while it is ready, if a target names one.
func (c *Courier) ReadyURL() string {
	if c.target != nil && c.target.Start != nil {
		return c.target.Start.Ready
	}
	return c.PrivateURL + "/health/ready"
}

// WebhookURL is the callback URL for Meta.
func (c *Courier) WebhookURL() string {
	if c.target != nil {
		return c.target.Webhook
	}
	return c.PublicURL + "/webhooks/meta"
}

// Operator returns a client for the operator API.
func (c *Courier) Operator() *Operator {
	o := &Operator{URL: c.PrivateURL, Key: c.AdminKey}
	for _, r := range c.Replicas {
		o.replicas = append(o.replicas, r.PrivateURL)
	}
	return o
}

// Close stops the courier and removes its temporary directory, and its tables.
func (c *Courier) Close(ctx context.Context) error { return closeAll(ctx, c.Stop, c.clear) }

func (c *Courier) clear() error {
	var errs []error
	for _, remove := range slices.Backward(c.remove) {
		errs = append(errs, remove())
	}
	return errors.Join(errs...)
}
