package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	kratos "github.com/ory/kratos-client-go"

	deploy "github.com/kratos-whatsapp/kratos-whatsapp/deploy/kratos"
)

// KratosOptions describe a Kratos.
type KratosOptions struct {
	// Bin is the program; empty means KRATOS_BIN, then bin/kratos.
	Bin string
	// Dir keeps the configuration and the log; empty means a temporary one.
	Dir string
	// PublicPort and AdminPort are the ports; 0 means any free one.
	PublicPort, AdminPort int
	// CourierURL is the base URL of the courier's private listener.
	CourierURL string
	// CourierKey is the API key for it.
	CourierKey string
	// CodeLifespan is how long a code is good for; 0 leaves what the file says.
	CodeLifespan time.Duration
	// PrivateAddressesRefused switches on what deploy/kratos/kratos.yml has in its
	// comment: no calls to private addresses but the courier's.
	PrivateAddressesRefused bool
	// Configure changes the configuration before it is written; may be nil.
	Configure func(Config)

	dsn string
}

// Kratos is a running Ory Kratos.
type Kratos struct {
	*Process
	// PublicURL and AdminURL are its two APIs.
	PublicURL, AdminURL string

	public, admin *kratos.APIClient
	ledger        ledger
	remove        func() error
}

// StartKratos starts a real Kratos with deploy/kratos/kratos.yml, the file that
// teams copy, which this program carries with it. Only what must differ here is changed: addresses, keys and a
// database of its own. It waits until Kratos says that it is ready.
func StartKratos(ctx context.Context, o KratosOptions) (*Kratos, error) {
	bin, err := binary(o.Bin, "KRATOS_BIN", "kratos")
	if err != nil {
		return nil, err
	}
	dir, remove, err := workDir(o.Dir, "kratos")
	if err != nil {
		return nil, err
	}
	dsn, err := makeDatabase(ctx, bin, dir)
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	o.dsn = dsn
	// Kratos cannot say which port it got, so the ports are found before; when
	// another program takes one in between, the next pair is tried.
	const tries = 3
	for try := 1; ; try++ {
		k, err := startKratos(ctx, bin, dir, o)
		if err == nil {
			k.remove = remove
			return k, nil
		}
		fixed := o.PublicPort != 0 && o.AdminPort != 0
		if fixed || try == tries || !strings.Contains(err.Error(), "address already in use") {
			return nil, errors.Join(fmt.Errorf("start Kratos: %w", err), remove())
		}
	}
}

func startKratos(ctx context.Context, bin, dir string, o KratosOptions) (*Kratos, error) {
	for _, port := range []*int{&o.PublicPort, &o.AdminPort} {
		if *port == 0 {
			free, release, err := reservePort()
			if err != nil {
				return nil, err
			}
			defer func() { _ = release() }() // Kratos listens there by then, or never will.
			*port = free
		}
	}
	config, err := kratosConfig(o, dir)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "kratos.yml")
	if err := config.write(file); err != nil {
		return nil, err
	}
	k := &Kratos{
		Process: newProcess("kratos", bin, dir,
			"serve", "--config", file, "--dev", "--watch-courier", "--sqa-opt-out"),
		PublicURL: baseURL(o.PublicPort), AdminURL: baseURL(o.AdminPort),
	}
	k.public, k.admin = apiClient(k.PublicURL), apiClient(k.AdminURL)
	return k, k.start(ctx, func(ctx context.Context) error {
		return expectOK(ctx, k.AdminURL+"/health/ready")
	})
}

func apiClient(url string) *kratos.APIClient {
	c := kratos.NewConfiguration()
	c.Servers = kratos.ServerConfigurations{{URL: url}}
	return kratos.NewAPIClient(c)
}

// kratosConfig is kratos.yml for this run. The files that it refers to are written
// into the directory.
func kratosConfig(o KratosOptions, dir string) (Config, error) {
	raw, err := deploy.Files.ReadFile("kratos.yml")
	if err != nil {
		return nil, err
	}
	config, err := parseConfig("kratos.yml", raw)
	if err != nil {
		return nil, err
	}
	if err := unpack(dir); err != nil {
		return nil, fmt.Errorf("the files of kratos.yml: %w", err)
	}
	if o.PrivateAddressesRefused {
		if err := config.uncomment(raw, "clients", o.CourierURL); err != nil {
			return nil, fmt.Errorf("kratos.yml: %w", err)
		}
	}
	rewired := 0
	rewire(map[string]any(config), o, dir, &rewired)
	if rewired < 2 {
		return nil, fmt.Errorf("kratos.yml has %d URLs to the courier; expected one for messages and one for events", rewired)
	}
	config.Set("dsn", o.dsn)
	config.Set("serve.public.host", loopback)
	config.Set("serve.public.port", o.PublicPort)
	config.Set("serve.public.base_url", baseURL(o.PublicPort)+"/")
	config.Set("serve.admin.host", loopback)
	config.Set("serve.admin.port", o.AdminPort)
	config.Set("serve.admin.base_url", baseURL(o.AdminPort)+"/")
	if o.CodeLifespan != 0 {
		config.Set("selfservice.methods.code.config.lifespan", o.CodeLifespan.String())
	}
	if o.Configure != nil {
		o.Configure(config)
	}
	return config, nil
}

// unpack writes what kratos.yml refers to.
func unpack(dir string) error {
	entries, err := deploy.Files.ReadDir(".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		text, err := deploy.Files.ReadFile(entry.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, entry.Name()), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// rewire walks a configuration: requests to the courier get the address and key
// of this run, and relative file URLs become absolute.
func rewire(node any, o KratosOptions, dir string, count *int) {
	switch node := node.(type) {
	case map[string]any:
		if url, ok := node["url"].(string); ok {
			for _, path := range []string{"/kratos/messages", "/kratos/events"} {
				if strings.HasSuffix(url, path) {
					*count++
					node["url"] = o.CourierURL + path
					Config(node).Set("auth.config.value", o.CourierKey)
				}
			}
		}
		for key, value := range node {
			if text, ok := value.(string); ok {
				node[key] = absoluteFile(text, dir)
			}
			rewire(value, o, dir, count)
		}
	case []any:
		for _, value := range node {
			rewire(value, o, dir, count)
		}
	}
}

func absoluteFile(url, dir string) string {
	path, ok := strings.CutPrefix(url, "file://")
	if !ok {
		return url
	}
	local := filepath.Join(dir, filepath.Base(path))
	if _, err := os.Stat(local); err != nil {
		return url
	}
	return "file://" + local
}

// Close stops Kratos and removes its temporary directory.
func (k *Kratos) Close(ctx context.Context) error { return closeAll(ctx, k.Stop, k.remove) }
