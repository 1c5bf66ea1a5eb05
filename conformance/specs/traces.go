package specs

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// traces is a collector that takes OTLP over HTTP and keeps the bytes: texts stand in them
// as they are.
type traces struct {
	address string

	mu   sync.Mutex
	body bytes.Buffer
}

// collectTraces listens until the spec ends.
func collectTraces() *traces {
	t := &traces{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.body.Write(body)
	}))
	DeferCleanup(server.Close)
	t.address = strings.TrimPrefix(server.URL, "http://")
	return t
}

// sentFrom lets a courier send all its spans there.
func (t *traces) sentFrom(c testkit.Config) {
	c.Set("tracing.provider", "otel")
	c.Set("tracing.providers.otlp.server_url", t.address)
	c.Set("tracing.providers.otlp.insecure", true)
}

// seen is what came so far.
func (t *traces) seen() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.body.Bytes())
}
