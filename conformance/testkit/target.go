package testkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// startTarget starts a courier that is described by a target, or finds it running.
func startTarget(ctx context.Context, o CourierOptions, mock *Mock) (*Courier, error) {
	dir, remove, err := workDir("", "target")
	if err != nil {
		return nil, err
	}
	c := &Courier{KratosKey: Secret(), Dir: dir, remove: []func() error{remove}, described: o.Target, settings: o.Settings}
	values := target.Values{
		Dir: dir, TargetDir: o.Target.Dir, Key: c.KratosKey, GraphURL: mock.APIURL, SMSURL: mock.APIURL,
		AccessToken: MockAccessToken, PhoneNumberID: MockPhoneNumberID, AppSecret: MockAppSecret, VerifyToken: MockVerifyToken,
		Template: c.Template(), TwilioAccountSID: MockTwilioAccountSID, TwilioAuthToken: MockTwilioAuthToken,
		Settings: o.Settings,
	}
	for _, port := range []*int{&values.Port, &values.PublicPort} {
		free, release, err := reservePort()
		if err != nil {
			return nil, errors.Join(err, c.clear())
		}
		c.remove = append(c.remove, release) // It may be started again.
		*port = free
	}
	if c.target, err = values.Fill(o.Target); err != nil {
		return nil, errors.Join(err, c.clear())
	}
	c.group = group{newProcess("target", "", dir)}
	if start := c.target.Start; start != nil {
		for name, text := range start.Files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				return nil, errors.Join(fmt.Errorf("start.files: %w", err), c.clear())
			}
		}
		process := newProcess("target", start.Command[0], dir, start.Command[1:]...)
		process.env = os.Environ()
		for _, name := range slices.Sorted(maps.Keys(start.Env)) {
			process.env = append(process.env, name+"="+start.Env[name])
		}
		c.group = group{process}
		if err := c.start(ctx, c.answers); err != nil {
			return nil, errors.Join(fmt.Errorf("start the target: %w", err), c.clear())
		}
	}
	return c, nil
}

// answers reports whether a target that was started is ready. Its webhook may be
// another listener, which Meta asks at once.
func (c *Courier) answers(ctx context.Context, _ int) error {
	if c.target.Webhook != "" {
		if _, err := Do(ctx, http.MethodGet, c.target.Webhook, ""); err != nil {
			return err
		}
	}
	if url := c.target.Start.Ready; url != "" {
		return expectOK(ctx, url)
	}
	_, err := Do(ctx, http.MethodGet, c.target.Messages.URL, "")
	return err
}

// Template is the name of the authentication template that it sends.
func (c *Courier) Template() string {
	if c.described == nil {
		return MockTemplate
	}
	return cmp.Or(c.described.Template, MockTemplate)
}

// Foreign reports whether it is a courier that a target file describes: of it only
// its endpoints are known.
func (c *Courier) Foreign() bool { return c.target != nil }

// Target is what describes a courier; nil for this repository's.
func (c *Courier) Target() *target.Target { return c.described }

// Claims reports whether it claims this, in a word of REQUIREMENTS.md.
func (c *Courier) Claims(claim string) bool {
	return c.target == nil || slices.Contains(c.target.Claims, claim)
}

// TakesReports reports whether it has a webhook.
func (c *Courier) TakesReports() bool { return c.target == nil || c.target.Webhook != "" }

// KratosHeader is the header, name and value, with which Kratos posts with a key.
func (c *Courier) KratosHeader(key string) []string {
	if c.target == nil {
		return []string{"X-API-Key", key}
	}
	return []string{c.target.Messages.Header, c.target.Messages.Value}
}

// Wire lets a Kratos post to this courier, unless the options name another.
func (c *Courier) Wire(o KratosOptions) KratosOptions {
	if c.target == nil {
		if o.CourierURL == "" {
			o.CourierURL = c.PrivateURL
		}
		o.CourierKey = c.KratosKey
		return o
	}
	before, t := o.Configure, c.target
	if o.CourierURL != "" {
		t = t.Behind(o.CourierURL)
	}
	o.Configure = func(config Config) {
		wire(map[string]any(config), t)
		if before != nil {
			before(config)
		}
	}
	return o
}

// wire puts the endpoints of a target in place of those of kratos.yml. Web hooks
// that it does not take are left out.
func wire(node any, t *target.Target) any {
	switch node := node.(type) {
	case map[string]any:
		if url, ok := node["url"].(string); ok && strings.HasSuffix(url, "/kratos/messages") {
			setEndpoint(node, t.Messages)
		}
		if url, ok := node["url"].(string); ok && strings.HasSuffix(url, "/kratos/events") {
			if t.Events == nil {
				return nil
			}
			setEndpoint(node, *t.Events)
		}
		for key, value := range node {
			if node[key] = wire(value, t); node[key] == nil && value != nil {
				return nil // A hook without its configuration is no hook.
			}
		}
		return node
	case []any:
		kept := []any{}
		for _, value := range node {
			if value = wire(value, t); value != nil {
				kept = append(kept, value)
			}
		}
		return kept
	default:
		return node
	}
}

func setEndpoint(node map[string]any, e target.Endpoint) {
	node["url"] = e.URL
	delete(node, "auth")
	if e.Header != "" {
		node["auth"] = map[string]any{"type": "api_key", "config": map[string]any{"in": "header", "name": e.Header, "value": e.Value}}
	}
}

// attachMock is a mock that runs already.
func attachMock(m target.Mock) *Mock {
	return &Mock{
		Client: client.New(m.Control), Process: newProcess("mockmeta", "", ""),
		APIURL: m.API, ControlURL: m.Control, remove: func() error { return nil },
	}
}

// AttachKratos is a Kratos that runs already.
func AttachKratos(k target.Kratos) *Kratos {
	return &Kratos{
		Process: newProcess("kratos", "", ""), PublicURL: k.Public, AdminURL: k.Admin,
		public: apiClient(k.Public), admin: apiClient(k.Admin), remove: func() error { return nil },
	}
}

// CheckTarget finds out whether what a target says runs already does. Each part
// has a few seconds to answer.
func CheckTarget(ctx context.Context, t *target.Target) error {
	ctx, cancel := context.WithTimeout(ctx, attachWithin)
	defer cancel()
	var errs []error
	if t.Mock != nil {
		if _, err := client.New(t.Mock.Control).Codes(ctx); err != nil {
			errs = append(errs, fmt.Errorf("mock.control: there is no mockmeta at %s: %w", t.Mock.Control, err))
		}
	}
	if t.Kratos != nil {
		if err := expectOK(ctx, t.Kratos.Admin+"/health/ready"); err != nil {
			errs = append(errs, fmt.Errorf("kratos.admin: no Kratos is ready at %s: %w", t.Kratos.Admin, err))
		}
		if err := expectOK(ctx, t.Kratos.Public+"/self-service/login/api"); err != nil {
			errs = append(errs, fmt.Errorf("kratos.public: no login begins at %s: %w", t.Kratos.Public, err))
		} else if err := AttachKratos(*t.Kratos).checkPhone(ctx); err != nil {
			errs = append(errs, fmt.Errorf("kratos.public: %s: %w", t.Kratos.Public, err))
		}
	}
	if t.Tap != "" {
		if tap, err := StartTap(ctx, t.Tap, ""); err != nil {
			errs = append(errs, fmt.Errorf("tap: %w", err))
		} else {
			errs = append(errs, tap.Leave())
		}
	}
	if t.Start == nil {
		if _, err := Do(ctx, http.MethodGet, t.Messages.URL, ""); err != nil {
			errs = append(errs, fmt.Errorf("messages.url: nothing answers: %w", err))
		}
	}
	return errors.Join(errs...)
}
