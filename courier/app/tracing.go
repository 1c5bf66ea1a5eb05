package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ory/x/logrusx"
	"github.com/ory/x/otelx"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// tracing makes spans of what goes on. The zero value, and nil, makes none.
//
// A delivery carries the trace of the request that brought it, and so what follows
// stands in the same trace whichever process does it. Spans hold no number, no code and
// nothing else that came from outside unchecked.
type tracing struct {
	tracer trace.Tracer
	// flush sends what is left and ends the sending.
	flush func(context.Context) error
}

// newTracing sends spans to where `tracing` says.
func newTracing(c *Config, log *logrusx.Logger, now func() time.Time) (*tracing, error) {
	if c.Tracing.Provider == "" {
		return &tracing{}, nil
	}
	made, err := otelx.New("whatsapp-courier", log, c.Tracing.otelx())
	if err != nil {
		return nil, errors.New(at("tracing.providers", err.Error()))
	}
	// otelx has no Shutdown, and what is set globally may be another instance's.
	_, unsent := made.Tracer().Start(context.Background(), "unsent")
	provider, ok := unsent.TracerProvider().(interface {
		Shutdown(ctx context.Context) error
	})
	if !ok {
		return nil, errors.New("tracing: the provider cannot be shut down")
	}
	otel.SetErrorHandler(&exportFaults{log: log, now: now})
	return &tracing{tracer: made.Tracer(), flush: provider.Shutdown}, nil
}

func (t *tracing) off() bool { return t == nil || t.tracer == nil }

// flushWithin bounds how long a stop waits for a collector: one that is down must not delay
// the next start.
const flushWithin = 2 * time.Second

// stop sends what is left.
func (t *tracing) stop(ctx context.Context) error {
	if t.off() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, flushWithin)
	defer cancel()
	if err := t.flush(ctx); err != nil {
		return fmt.Errorf("tracing: the last spans could not be sent: %w", err)
	}
	return nil
}

// request begins the span of a request. Only on the private listener the client says to
// which trace it belongs: on the public one anybody could.
func (t *tracing) request(r *http.Request, listener, route string) (*http.Request, trace.Span) {
	if t.off() || !traced(route) {
		return r, none()
	}
	ctx := r.Context()
	if listener == private {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	method := knownMethod(r.Method)
	ctx, span := t.tracer.Start(ctx, method+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", method), attribute.String("http.route", route), attribute.String("courier.listener", listener),
	))
	return r.WithContext(ctx), span
}

// answered ends the span of a request.
func answered(span trace.Span, status int) {
	if span.IsRecording() {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, http.StatusText(status))
		}
	}
	span.End()
}

// of is the trace that a request belongs to, as a delivery keeps it; "" if nobody looks
// at it.
func (t *tracing) of(ctx context.Context) string {
	if t.off() || !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier.Get(traceparent)
}

// send begins the span of a request to a provider.
func (t *tracing) send(ctx context.Context, o courier.Outgoing, channel courier.Channel, route string) (context.Context, trace.Span) {
	if t.off() || o.Trace == "" {
		return ctx, none()
	}
	attributes := []attribute.KeyValue{
		attribute.String("courier.channel", string(channel)), attribute.String("courier.route", route),
		attribute.String("courier.purpose", string(o.Purpose)),
	}
	if delivery, attempt, ok := courier.ParseReference(o.Reference); ok {
		attributes = append(attributes, deliveryAttribute(delivery), attribute.Int("courier.attempt", attempt))
	}
	return t.tracer.Start(trace.ContextWithRemoteSpanContext(ctx, spanContext(o.Trace)), "send "+string(channel),
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
}

// sent ends the span of a request to a provider.
func sent(span trace.Span, err error) {
	if span.IsRecording() && err != nil {
		span.SetAttributes(attribute.String("error.type", sendOutcome(err)))
		if failure, ok := errors.AsType[*courier.DeliveryError](err); ok && failure.Code != "" {
			span.SetAttributes(attribute.String("courier.provider_code", failure.Code))
		}
		span.SetStatus(codes.Error, sendOutcome(err))
	}
	span.End()
}

// received says on the span of a request which delivery it brought, and links a repeat to
// the trace of the first.
func (t *tracing) received(ctx context.Context, r courier.Acceptance) {
	span := trace.SpanFromContext(ctx)
	if t.off() || !span.IsRecording() {
		return
	}
	span.SetAttributes(deliveryAttribute(r.Delivery.ID), attribute.String("courier.outcome", string(r.Outcome)),
		attribute.String("courier.purpose", string(r.Delivery.Purpose)))
	if first := spanContext(r.Delivery.Trace); first.IsValid() && first.SpanID() != span.SpanContext().SpanID() {
		span.AddLink(trace.Link{SpanContext: first})
	}
}

// learned puts what was learned about a delivery into its trace, and links it to the
// request that said so: Meta's, or Kratos' about another request of the person.
func (t *tracing) learned(ctx context.Context, d courier.Delivery, name string, attributes ...attribute.KeyValue) {
	parent := spanContext(d.Trace)
	if t.off() || !parent.IsValid() {
		return
	}
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(append(attributes, deliveryAttribute(d.ID))...),
	}
	request := trace.SpanFromContext(ctx)
	if request.SpanContext().IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: request.SpanContext()}))
	}
	if begun, ok := request.(interface{ StartTime() time.Time }); ok {
		options = append(options, trace.WithTimestamp(begun.StartTime()))
	}
	_, span := t.tracer.Start(trace.ContextWithRemoteSpanContext(context.WithoutCancel(ctx), parent), name, options...)
	span.End()
	request.AddLink(trace.Link{SpanContext: span.SpanContext()})
}

// traceparent is the header of W3C Trace Context.
const traceparent = "traceparent"

// spanContext reads what a delivery keeps.
func spanContext(kept string) trace.SpanContext {
	if kept == "" {
		return trace.SpanContext{}
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{traceparent: kept})
	return trace.SpanContextFromContext(ctx)
}

// sampledTrace is the id of the trace that a request belongs to, or "" if nobody looks at
// it.
func sampledTrace(ctx context.Context) string {
	if request := trace.SpanContextFromContext(ctx); request.IsSampled() {
		return request.TraceID().String()
	}
	return ""
}

func deliveryAttribute(id courier.ID) attribute.KeyValue {
	return attribute.String("courier.delivery", id.String())
}

// none is a span that notes nothing.
func none() trace.Span { return trace.SpanFromContext(context.Background()) }

// exportFaults logs why spans could not be sent, once in a while.
type exportFaults struct {
	log *logrusx.Logger
	now func() time.Time

	mu     sync.Mutex
	warned time.Time
}

// Handle implements otel.ErrorHandler.
func (f *exportFaults) Handle(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); f.warned.IsZero() || now.Sub(f.warned) >= warnEvery {
		f.warned = now
		f.log.WithError(err).Warn("Spans could not be sent; look at tracing.providers. Messages are delivered all the same.")
	}
}
