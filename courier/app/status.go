package app

import (
	"net/http"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/status"
)

// newVisitors bounds what login pages ask of this process.
func newVisitors(c *Config, o Options) *status.Visitors {
	return &status.Visitors{
		Requests: c.Status.PerClient, Guesses: c.Status.UnknownPerClient, Streams: c.Status.MaxStreams, Now: o.Now,
	}
}

// statusAPI is what login pages ask; nil while they may not.
func (a *App) statusAPI(c *Config) http.Handler {
	if !c.Status.Enabled {
		return nil
	}
	w, trusted := &a.works, c.trustedProxies()
	return &status.API{
		Guide:    &courier.Guide{Store: a.store, Ledger: a.store, Books: a.books(c), Now: a.options.Now},
		Visitors: w.visitors, Origins: c.Status.Origins,
		Client:  func(r *http.Request) string { return clientAddress(r, trusted) },
		Trouble: w.watch.Trouble, Answer: w.answer, Ending: a.ending,
	}
}

// statusFaults are settings of the API for login pages that do not go together with those
// of the listener that serves it.
func (c *Config) statusFaults() []string {
	if !c.Status.Enabled {
		return nil
	}
	var faults []string
	if bound := c.Serve.Public.MaxConnections; bound > 0 && c.Status.MaxStreams > bound/2 {
		faults = append(faults, at("status.max_streams",
			"must not be more than half of serve.public.max_connections: streams would keep Meta's reports out"))
	}
	covers := func(start string) bool { return strings.HasPrefix(status.Path, start) }
	if slices.ContainsFunc(c.Serve.Public.TLS.clientRule().paths, covers) {
		faults = append(faults, at("serve.public.tls.client_paths",
			"must not cover "+status.Path+": browsers have no certificate; name the paths of webhooks, such as /webhooks/meta"))
	}
	return faults
}
