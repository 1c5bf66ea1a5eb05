package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// collected is a collector that takes OTLP over HTTP.
type collected struct {
	url string

	mu    sync.Mutex
	raw   bytes.Buffer
	spans []*spans.Span
	keys  []string
}

func collect(t *testing.T) *collected {
	t.Helper()
	c := &collected{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collector.ExportTraceServiceRequest
		if err := errors.Join(err, proto.Unmarshal(body, &request)); err != nil || r.URL.Path != "/v1/traces" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw.Write(body)
		c.keys = append(c.keys, r.Header.Get("Authorization"))
		for _, resource := range request.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(server.Close)
	c.url = strings.TrimPrefix(server.URL, "http://")
	return c
}

// sendTo lets a courier send its spans there.
func (c *collected) sendTo(config *Config) {
	config.Tracing.Provider, config.Tracing.ServiceName = "otel", "whatsapp-courier"
	config.Tracing.Providers.OTLP.ServerURL, config.Tracing.Providers.OTLP.Insecure = c.url, true
	config.Tracing.Providers.OTLP.Sampling.SamplingRatio = 1
	config.Tracing.Providers.OTLP.AuthorizationHeader = "Bearer an-invented-token"
}

// named returns the only span of a name.
func (c *collected) named(t *testing.T, name string) *spans.Span {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	var found *spans.Span
	for _, span := range c.spans {
		if names = append(names, span.GetName()); span.GetName() == name {
			require.Nil(t, found, "two spans are called %s", name)
			found = span
		}
	}
	require.NotNil(t, found, "no span is called %s: %q", name, names)
	return found
}

// attributes are those of a span.
func attributes(span *spans.Span) map[string]string {
	all := make(map[string]string)
	for _, a := range span.GetAttributes() {
		all[a.GetKey()] = strings.Trim(regexp.MustCompile(`^[a-z_]+:`).ReplaceAllString(a.GetValue().String(), ""), `"`)
	}
	return all
}

const (
	kratosTrace = "0af7651916cd43dd8448eb211c80319c"
	kratosSpan  = "b7ad6b7169203331"
	fromKratos  = "00-" + kratosTrace + "-" + kratosSpan + "-01"
	notSampled  = "00-" + kratosTrace + "-" + kratosSpan + "-00"
)

// taking is a Graph API. took waits until it has taken a message.
func taking(t *testing.T) (url string, took func()) {
	t.Helper()
	messages := make(chan struct{}, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		messages <- struct{}{}
		_, _ = io.WriteString(w, `{"messages":[{"id":"wamid.canary1"}]}`)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() {
		t.Helper()
		select {
		case <-messages:
		case <-time.After(30 * time.Second):
			require.Fail(t, "no message was sent")
		}
	}
}

// From Kratos' trace to the phone and back it is one trace, though another process hears of
// the phone.
func TestOneTraceFromKratosToThePhoneAcrossProcesses(t *testing.T) {
	t.Parallel()
	here, there := collect(t), collect(t)
	url, took := taking(t)
	dsn := "sqlite://" + filepath.Join(t.TempDir(), "courier.db")
	replica := func(to *collected) *running {
		c := config(t)
		c.DSN, c.WhatsApp.BaseURL, c.Log.Level = dsn, url, "debug"
		to.sendTo(c)
		return start(t, c)
	}
	first, second := replica(here), replica(there)

	body := `{"recipient":"+12025550143","template_type":"login_code_valid","template_data":{"login_code":"135790","identity":{"id":"person-1"}}}`
	answer, _ := ask(t, http.MethodPost, "http://"+first.Addresses().Private+"/kratos/messages", strings.NewReader(body), "X-API-Key", kratosKey, "Traceparent", fromKratos)
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	id := answer.Header.Get("X-Delivery-Id")
	took()
	report(t, second, id, "delivered")
	_, _ = ask(t, http.MethodGet, "http://"+second.Addresses().Public+"/webhooks/meta", nil, "Traceparent", fromKratos)
	event := strings.NewReader(`{"event":"login","identity_id":"person-1"}`)
	answer, _ = ask(t, http.MethodPost, "http://"+second.Addresses().Private+"/kratos/events", event, "X-API-Key", kratosKey)
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	require.NoError(t, first.stop())
	require.NoError(t, second.stop())

	accept := here.named(t, "POST /kratos/messages")
	require.Equal(t, kratosTrace, hex.EncodeToString(accept.GetTraceId()))
	require.Equal(t, kratosSpan, hex.EncodeToString(accept.GetParentSpanId()))
	require.Equal(t, map[string]string{
		"http.request.method": "POST", "http.route": "/kratos/messages", "http.response.status_code": "204", "courier.listener": "private",
		"courier.delivery": id, "courier.outcome": "created", "courier.purpose": "login",
	}, attributes(accept))
	require.Empty(t, accept.GetLinks())

	send := here.named(t, "send whatsapp")
	require.Equal(t, accept.GetTraceId(), send.GetTraceId())
	require.Equal(t, accept.GetSpanId(), send.GetParentSpanId())
	require.Equal(t, spans.Span_SPAN_KIND_CLIENT, send.GetKind())
	require.Equal(t, map[string]string{
		"courier.channel": "whatsapp", "courier.route": "meta", "courier.purpose": "login", "courier.delivery": id, "courier.attempt": "1",
		"server.address": "127.0.0.1", "http.response.status_code": "200",
	}, attributes(send))

	webhook := there.named(t, "POST /webhooks/meta")
	stranger := there.named(t, "GET /webhooks/meta")
	require.NotEqual(t, accept.GetTraceId(), stranger.GetTraceId(), "on the internet anybody may name a trace")
	require.Empty(t, stranger.GetParentSpanId())
	events := there.named(t, "POST /kratos/events")
	for name, request := range map[string]*spans.Span{"report delivered": webhook, "code used": events} {
		learned := there.named(t, name)
		require.Equal(t, accept.GetTraceId(), learned.GetTraceId(), name)
		require.Equal(t, accept.GetSpanId(), learned.GetParentSpanId(), name)
		require.Equal(t, id, attributes(learned)["courier.delivery"], name)
		require.Equal(t, request.GetStartTimeUnixNano(), learned.GetStartTimeUnixNano(), name)
		require.Len(t, learned.GetLinks(), 1, name)
		require.Equal(t, request.GetSpanId(), learned.GetLinks()[0].GetSpanId(), name)
		require.Len(t, request.GetLinks(), 1, name)
		require.Equal(t, learned.GetSpanId(), request.GetLinks()[0].GetSpanId(), name)
	}
	for _, r := range []*running{first, second} {
		require.Regexp(t, "delivery="+id+".*trace_id="+kratosTrace, r.log.String())
	}
	for _, c := range []*collected{here, there} {
		require.Contains(t, c.keys, "Bearer an-invented-token")
		for _, secret := range []string{
			"135790", "12025550143", "2025550143", "wamid", "canary1", kratosKey, adminKey, "person-1", "an-invented-token",
		} {
			require.NotContains(t, c.raw.String(), secret)
		}
	}
}

// Whoever does not trace a message at Kratos finds nothing of it here.
func TestAMessageThatKratosDoesNotSampleLeavesNoSpans(t *testing.T) {
	t.Parallel()
	there := collect(t)
	url, took := taking(t)
	c := config(t)
	c.WhatsApp.BaseURL = url
	c.Log.Level = "debug"
	there.sendTo(c)
	r := start(t, c)
	answer, _ := ask(t, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey, "Traceparent", notSampled)
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	took()
	_, _ = ask(t, http.MethodGet, "http://"+r.Addresses().Private+"/health/alive", nil)
	require.NoError(t, r.stop())
	require.Empty(t, there.spans)
	require.Contains(t, r.log.String(), answer.Header.Get("X-Delivery-Id"))
	require.NotContains(t, r.log.String(), kratosTrace, "a trace that nobody has leads nowhere")
}

// A repeat of Kratos is told apart, and leads to the trace of the first.
func TestARepeatIsLinkedToTheFirst(t *testing.T) {
	t.Parallel()
	there := collect(t)
	c := config(t)
	there.sendTo(c)
	r := start(t, c)
	post := func(headers ...string) {
		answer, _ := ask(t, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(login), append(headers, "X-API-Key", kratosKey)...)
		require.Equal(t, http.StatusNoContent, answer.StatusCode)
	}
	post("Traceparent", fromKratos)
	post()
	require.NoError(t, r.stop())
	linked := 0
	for _, span := range there.spans {
		if attributes(span)["courier.outcome"] == "repeated" {
			require.Len(t, span.GetLinks(), 1)
			require.Equal(t, kratosTrace, hex.EncodeToString(span.GetLinks()[0].GetTraceId()))
			require.NotEqual(t, kratosTrace, hex.EncodeToString(span.GetTraceId()))
			linked++
		}
	}
	require.Equal(t, 1, linked)
}

// A collector that is down costs nobody a message, and is told of once a minute.
func TestACollectorThatIsDown(t *testing.T) {
	t.Parallel()
	url, took := taking(t)
	c := config(t)
	c.WhatsApp.BaseURL = url
	(&collected{url: "127.0.0.1:1"}).sendTo(c)
	r := start(t, c)
	answer, _ := ask(t, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	took()

	now, log := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC), &output{}
	faults := &exportFaults{log: newLogger(&Config{}, Options{Log: log}), now: func() time.Time { return now }}
	faults.Handle(errors.New("connection refused"))
	now = now.Add(warnEvery - time.Second)
	faults.Handle(errors.New("connection refused"))
	require.Equal(t, 1, strings.Count(log.String(), "connection refused"))
	now = now.Add(time.Second)
	faults.Handle(errors.New("connection refused"))
	require.Equal(t, 2, strings.Count(log.String(), "connection refused"))
}

// One that takes a connection and says nothing does not hold up the stop.
func TestACollectorThatHangs(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })
	c := config(t)
	(&collected{url: strings.TrimPrefix(server.URL, "http://")}).sendTo(c)
	made, err := newTracing(c, newLogger(c, Options{Log: io.Discard}), time.Now)
	require.NoError(t, err)
	_, span := made.send(t.Context(), courier.Outgoing{Trace: fromKratos}, courier.SMS, "twilio")
	sent(span, nil)
	require.ErrorIs(t, made.stop(context.Background()), context.DeadlineExceeded)
}

// Without a provider nothing is looked at, kept or said.
func TestWithoutTracing(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]*tracing{"nil": nil, "no provider": {}} {
		r := httptest.NewRequest(http.MethodPost, "/kratos/messages", nil)
		r.Header.Set("Traceparent", fromKratos)
		same, span := off.request(r, private, "/kratos/messages")
		require.Same(t, r, same, name)
		require.False(t, span.IsRecording(), name)
		answered(span, http.StatusNoContent)
		require.Empty(t, off.of(r.Context()), name)
		off.received(r.Context(), courier.Acceptance{Delivery: courier.Delivery{Trace: fromKratos}})
		off.learned(r.Context(), courier.Delivery{Trace: fromKratos}, "code used")
		ctx, span := off.send(r.Context(), courier.Outgoing{Trace: fromKratos}, courier.SMS, "twilio")
		require.Equal(t, r.Context(), ctx, name)
		sent(span, errors.New("anything"))
		require.NoError(t, off.stop(context.Background()), name)
	}
	log := &output{}
	o := &observer{log: newLogger(&Config{}, Options{Log: log}), metrics: newMetrics(nil), now: time.Now}
	o.Ended(courier.Delivery{ID: courier.ID{1}})
	require.NotContains(t, log.String(), "trace_id")
}

func TestTheFailureOfASendIsOnItsSpan(t *testing.T) {
	t.Parallel()
	there := collect(t)
	c := config(t)
	there.sendTo(c)
	made, err := newTracing(c, newLogger(c, Options{Log: io.Discard}), time.Now)
	require.NoError(t, err)
	_, span := made.send(t.Context(), courier.Outgoing{Trace: fromKratos, Reference: "not ours"}, courier.SMS, "twilio")
	sent(span, &courier.DeliveryError{Class: courier.ClassRecipient, Code: "21211", Reason: "no such number", Cause: errors.New("+12025550143")})
	require.NoError(t, made.stop(t.Context()))
	failed := there.named(t, "send sms")
	require.Equal(t, spans.Status_STATUS_CODE_ERROR, failed.GetStatus().GetCode())
	require.Equal(t, "recipient", failed.GetStatus().GetMessage())
	require.Equal(t, map[string]string{
		"courier.channel": "sms", "courier.route": "twilio", "courier.purpose": "", "error.type": "recipient", "courier.provider_code": "21211",
	}, attributes(failed))
	require.NotContains(t, there.raw.String(), "2025550143")
}

// Whoever asks for OpenMetrics gets an example trace of what took so long.
func TestHistogramsHaveExemplars(t *testing.T) {
	t.Parallel()
	there := collect(t)
	url, took := taking(t)
	c := config(t)
	c.WhatsApp.BaseURL = url
	there.sendTo(c)
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey, "Traceparent", fromKratos)
	took()
	report(t, r, answer.Header.Get("X-Delivery-Id"), "delivered")
	require.Eventually(t, func() bool {
		return testutil.CollectAndCount(r.works.metrics.sends) == 1 && testutil.CollectAndCount(r.works.metrics.delivered) == 1
	}, 30*time.Second, 10*time.Millisecond)

	answer, text := ask(t, http.MethodGet, private+"/metrics/prometheus", nil, "Accept", "application/openmetrics-text; version=1.0.0")
	require.Contains(t, answer.Header.Get("Content-Type"), "openmetrics")
	for _, histogram := range []string{
		`request_duration_seconds_bucket{listener="private",route="/kratos/messages"`, "send_duration_seconds_bucket", "time_to_phone_seconds_bucket",
	} {
		require.Regexp(t, "(?m)^whatsapp_courier_"+regexp.QuoteMeta(histogram)+`.* # \{trace_id="`+kratosTrace+`"\}`, text)
	}
	_, text = ask(t, http.MethodGet, private+"/metrics/prometheus", nil)
	require.NotContains(t, text, "trace_id", "the text format has none")
}

func TestTheProviderThatIsNamedMustBeSetUp(t *testing.T) {
	t.Parallel()
	for tracing, fault := range map[string]string{
		"{provider: otel}": "", "{provider: zipkin, providers: {zipkin: {server_url: \"http://localhost:9411/api/v2/spans\"}}}": "",
		"{provider: jaeger, providers: {jaeger: {local_agent_address: \"127.0.0.1:6831\"}}}": "",
		"{provider: datadog}": "tracing.provider:",
		"{provider: otel, providers: {otlp: {server_url: \"https://collector.example.com/v1/traces\"}}}": "tracing.providers.otlp.server_url:",
		"{provider: otel, providers: {otlp: {server_url: collector.example.com}}}":                       "tracing.providers.otlp.server_url:",
		"{provider: otel, providers: {otlp: {sampling: {sampling_ratio: 1.5}}}}":                         "tracing.providers.otlp.sampling.sampling_ratio:",
		"{provider: zipkin}": "tracing.providers.zipkin.server_url:",
		"{provider: jaeger, providers: {jaeger: {local_agent_address: localhost}}}": "tracing.providers.jaeger.local_agent_address:",
	} {
		c, err := load(t, write(t, minimal), write(t, "tracing: "+tracing))
		if fault == "" {
			require.NoError(t, err, tracing)
			made, err := newTracing(c, newLogger(c, Options{Log: io.Discard}), time.Now)
			require.NoError(t, err, tracing)
			require.NoError(t, made.stop(t.Context()), tracing)
			continue
		}
		require.ErrorContains(t, err, fault, tracing)
	}
}

func TestTheSamplingRatioMayComeFromTheEnvironment(t *testing.T) {
	t.Setenv("TRACING_PROVIDERS_OTLP_SAMPLING_SAMPLING_RATIO", "0.25")
	c, err := load(t, write(t, minimal))
	require.NoError(t, err)
	require.InDelta(t, 0.25, c.Tracing.Providers.OTLP.Sampling.SamplingRatio, 0)
	t.Setenv("TRACING_PROVIDERS_OTLP_SAMPLING_SAMPLING_RATIO", "a quarter")
	_, err = load(t, write(t, minimal))
	require.ErrorContains(t, err, "TRACING_PROVIDERS_OTLP_SAMPLING_SAMPLING_RATIO is not a number")
}
