package failover

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// wire is the way of one replica to the database. While it is cut, nothing comes through
// and neither side hears of it.
type wire struct{ proxy *toxiproxy.Proxy }

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	w := &wire{proxy: toxiproxy.NewProxy(server, "database", "127.0.0.1:0", to)}
	require.NoError(t, w.proxy.Start())
	t.Cleanup(w.proxy.Stop)
	return w
}

// through is a dsn that leads to the same database by the wire.
func (w *wire) through(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	query := u.Query()
	query.Del("host")
	query.Del("port")
	query.Set("sslmode", "disable")
	u.Host, u.RawQuery = w.proxy.Listen, query.Encode()
	return u.String()
}

var directions = []string{"upstream", "downstream"}

func (w *wire) cut() error {
	for _, direction := range directions {
		_, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(
			`{"name":"` + direction + `","type":"timeout","stream":"` + direction + `","attributes":{"timeout":0}}`))
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *wire) mend(ctx context.Context) error {
	for _, direction := range directions {
		if err := w.proxy.Toxics.RemoveToxic(ctx, direction); err != nil {
			return err
		}
	}
	return nil
}
