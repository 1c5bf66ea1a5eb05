package testkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
)

// ReplicasVariable says how many replicas a courier has whose options do not.
const ReplicasVariable = "COURIER_REPLICAS"

// Replica is one process of this repository's courier.
type Replica struct {
	*Process
	// PrivateURL and PublicURL are where it listens itself.
	PrivateURL, PublicURL string

	file, addresses string
	// ports are those of its listeners once it has run.
	ports map[string]int
}

// listeners are the names of a courier's listeners.
var listeners = [...]string{"private", "public"}

// replicas is how many there are to be.
func (o CourierOptions) replicas() (int, error) {
	n := max(o.Replicas, 1)
	if text := os.Getenv(ReplicasVariable); text != "" && o.Replicas == 0 {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			return 0, fmt.Errorf("%s=%s is no number of replicas", ReplicasVariable, text)
		}
	}
	if n > 1 && o.dsn() == "" {
		return 0, errors.New("several replicas share a PostgreSQL: name it in " + CourierDSNVariable)
	}
	return n, nil
}

// add makes a replica, without starting it.
func (c *Courier) add(o CourierOptions, bin string) error {
	name, file := "whatsapp-courier", c.ConfigFile()
	if n := len(c.Replicas); n > 0 {
		name = fmt.Sprintf("whatsapp-courier-%d", n+1)
		file = filepath.Join(c.Dir, fmt.Sprintf("courier-%d.yml", n+1))
	}
	r := &Replica{file: file, addresses: filepath.Join(c.Dir, name+".addresses"), ports: map[string]int{}}
	args := []string{"serve", "--migrate", "--config", r.file, "--address-file", r.addresses}
	if o.Fillable {
		var err error
		if bin, args, err = fillable(bin, args); err != nil {
			return err
		}
	}
	r.Process = newProcess(name, bin, c.Dir, args...)
	if o.CAFile != "" {
		r.env = append(os.Environ(), "SSL_CERT_FILE="+o.CAFile)
	}
	c.Replicas, c.group = append(c.Replicas, r), append(c.group, r.Process)
	return nil
}

// balance starts the round robin, on the ports that the configuration names.
func (c *Courier) balance(ctx context.Context) error {
	for _, name := range listeners {
		port, _ := c.config.Get("serve." + name + ".port").(int)
		b, err := startBalancer(ctx, port)
		if err != nil {
			return err
		}
		c.balancers = append(c.balancers, b)
		c.remove = append(c.remove, b.close)
	}
	c.PrivateURL, c.PublicURL = c.balancers[0].url(), c.balancers[1].url()
	return nil
}

// run starts all replicas and keeps their ports for the next run, so that the
// callback URL that Meta knows stays valid.
func (c *Courier) run(ctx context.Context) error {
	if err := c.writeConfigs(); err != nil {
		return err
	}
	err := c.start(ctx, func(ctx context.Context, i int) error { return c.Replicas[i].ready(ctx) })
	if err != nil {
		return err
	}
	for _, r := range c.Replicas {
		if err := r.keepPorts(); err != nil {
			return err
		}
	}
	if err := c.writeConfigs(); err != nil { // For a replica that is started again alone.
		return err
	}
	if len(c.balancers) == 0 {
		c.PrivateURL, c.PublicURL = c.Replicas[0].PrivateURL, c.Replicas[0].PublicURL
		return nil
	}
	for i, b := range c.balancers {
		var at []string
		for _, r := range c.Replicas {
			at = append(at, r.urls()[i][len("http://"):])
		}
		b.lead(at)
	}
	return nil
}

func (c *Courier) writeConfigs() error {
	for i, r := range c.Replicas {
		config := r.of(c.config, len(c.balancers) > 0)
		if c.configureReplica != nil {
			c.configureReplica(i, config)
		}
		if err := config.write(r.file); err != nil {
			return err
		}
	}
	return nil
}

// of is the configuration of all with the ports of this one. Those that are configured
// are the round robin's, if there is one.
func (r *Replica) of(shared Config, balanced bool) Config {
	config := maps.Clone(shared)
	serve, _ := shared["serve"].(map[string]any)
	config["serve"] = maps.Clone(serve)
	for _, name := range listeners {
		listener, _ := serve[name].(map[string]any)
		listener = maps.Clone(listener)
		if port, known := r.ports[name]; known || balanced {
			listener["port"] = port
		}
		config.Set("serve."+name, listener)
	}
	return config
}

func (r *Replica) ready(ctx context.Context) error {
	addresses, err := readAddresses(r.addresses)
	if err != nil {
		return err
	}
	r.PrivateURL, r.PublicURL = "http://"+addresses["private"], "http://"+addresses["public"]
	return expectOK(ctx, r.PrivateURL+"/health/ready")
}

func (r *Replica) urls() []string { return []string{r.PrivateURL, r.PublicURL} }

func (r *Replica) keepPorts() error {
	for i, name := range listeners {
		port, err := portOf(r.urls()[i][len("http://"):])
		if err != nil {
			return err
		}
		r.ports[name] = port
	}
	return nil
}

// Restart starts one replica again that was stopped or killed, as it was: its ports are known
// since the first start, and others read its URLs meanwhile.
func (r *Replica) Restart(ctx context.Context) error {
	return r.start(ctx, func(ctx context.Context) error { return expectOK(ctx, r.PrivateURL+"/health/ready") })
}
