package app

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// namespace is what the names of our own metrics begin with.
const namespace = "whatsapp_courier"

// metrics are what /metrics/prometheus shows. No label holds anything that came
// from outside unchecked.
type metrics struct {
	registry *prometheus.Registry

	received *prometheus.CounterVec
	attempts *prometheus.CounterVec
	ended    *prometheus.CounterVec
	sent     *prometheus.CounterVec
	used     *prometheus.CounterVec
	webhooks *prometheus.CounterVec
	alerts   *prometheus.CounterVec
	// revocations of sessions after security events.
	revocations *prometheus.CounterVec
	unusual     *prometheus.CounterVec
	trouble     *prometheus.CounterVec
	refused     *prometheus.CounterVec
	noReceipt   *prometheus.CounterVec
	repeated    *prometheus.CounterVec
	degraded    *prometheus.GaugeVec
	delivered   *prometheus.HistogramVec
	requests    *prometheus.HistogramVec
	reloaded    *prometheus.GaugeVec

	connections  *prometheus.GaugeVec
	certificates *prometheus.GaugeVec

	sends      *prometheus.HistogramVec
	commits    *prometheus.HistogramVec
	commitSize prometheus.Histogram
	quality    *prometheus.GaugeVec
	build      *prometheus.GaugeVec
}

func newMetrics(parts []string) *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	make := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return make.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry:    registry,
		received:    counter("messages_received_total", "Messages of Kratos that were answered, by what became of them.", "outcome", "purpose", "reason"),
		attempts:    counter("attempts_total", "Requests to providers, by outcome.", "channel", "provider", "state", "class", "code"),
		ended:       counter("deliveries_ended_total", "Deliveries that came to an end.", "state", "purpose"),
		sent:        counter("codes_sent_total", "Codes that a provider took, by channel and country calling code; a fallback counts once more.", "channel", "calling_code"),
		used:        counter("codes_used_total", "Deliveries whose code let a person in, by the last channel tried and country calling code.", "channel", "calling_code"),
		webhooks:    counter("webhook_events_total", "Events in Meta's signed webhooks.", "kind", "field"),
		alerts:      counter("security_events_total", "Security events: identity_changed, not_requested.", "alert"),
		revocations: counter("session_revocations_total", "Ends of all sessions of a person at Kratos after a security event: done or failed.", "outcome"),
		unusual:     counter("unusual_messages_total", "Messages to prefixes of which unusually few codes were used; the log names the prefix."),
		refused:     counter("requests_refused_total", "Requests that a listener refused; the log says what to compare.", "listener", "route", "reason"),
		noReceipt:   counter("sms_receipts_unreadable_total", "Authenticated requests of the SMS provider to the receipts' URL that were no receipts."),
		repeated:    counter("sms_repeated_total", "SMS that were sent again because the outcome of the first request was unknown."),
		trouble:     counter("trouble_total", "Things that should work and did not; the log says what."),
		degraded: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "degraded",
			Help: "1 while a part is degraded for everyone: account, whatsapp, webhooks, sms, sms_budget, clock, or a language of the template. Of one WhatsApp number or SMS provider of several, its name follows: sms:<name>.",
		}, []string{"part"}),
		delivered: make.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "time_to_phone_seconds",
			Help:    "Time from accepting a message to the first report that the phone has it, both by this service's clock.",
			Buckets: []float64{0.5, 1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 120, 300},
		}, []string{"channel"}),
		connections: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "connections",
			Help: "Open connections of a listener; serve.<listener>.max_connections bounds them.",
		}, []string{"listener"}),
		certificates: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "certificate_ends_timestamp_seconds",
			Help: "When the certificate of a listener ends, as a Unix time.",
		}, []string{"listener"}),
		reloaded: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "config_last_reload_successful",
			Help: "1 unless the configuration was read again and was faulty: then 0, and the old one is in use.",
		}, nil),
		requests: make.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "request_duration_seconds",
			Help:    "Requests that a route took, by status, and how long they took.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
		}, []string{"listener", "route", "status"}),
		sends: make.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "send_duration_seconds",
			Help:    "Requests to providers and how long they took. The outcome is taken, or the class of the failure.",
			Buckets: []float64{0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10, 20, 30},
		}, []string{"channel", "provider", "outcome"}),
		commits: make.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "store_commit_duration_seconds",
			Help:    "Transactions of the store and how long they took until they were durable (ok) or given up (failed).",
			Buckets: []float64{0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2.5, 5},
		}, []string{"outcome"}),
		commitSize: make.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "store_commit_operations",
			Help:    "How many operations shared a transaction of the store.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		}),
		quality: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "template_quality",
			Help: "1 for the quality of a language of the template that Meta reported last to this process since its start: green, yellow, red or unknown.",
		}, []string{"language", "quality"}),
		build: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "build_info", Help: "1, with the version of this process.",
		}, []string{"version"}),
	}
	for _, unlabelled := range []*prometheus.CounterVec{m.unusual, m.trouble, m.noReceipt, m.repeated} {
		unlabelled.WithLabelValues() // So that it is there, at 0, before the first.
	}
	for _, alert := range []string{courier.AlertIdentityChanged, courier.AlertNotRequested} {
		m.alerts.WithLabelValues(alert) // An increase is seen only of what was there before.
	}
	m.reloaded.WithLabelValues().Set(1)
	for _, part := range parts {
		m.degraded.WithLabelValues(part).Set(0)
	}
	return m
}

// observe counts a duration, with the trace that it is an example of, if there is one.
func observe(in prometheus.Observer, took time.Duration, trace string) {
	if exemplars, ok := in.(prometheus.ExemplarObserver); ok && trace != "" {
		exemplars.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": trace})
		return
	}
	in.Observe(took.Seconds())
}

// committed counts a transaction of the store.
func (m *metrics) committed(c store.Commit) {
	outcome := "ok"
	if c.Failed {
		outcome = "failed"
	}
	m.commits.WithLabelValues(outcome).Observe(c.Took.Seconds())
	m.commitSize.Observe(float64(c.Operations))
}

// qualities are what Meta may say of a template.
func qualities() []string { return []string{"green", "yellow", "red", "unknown"} }

// templateQuality notes what Meta says of a language of the template. Of a word that it
// adds one day no more is known than that.
func (m *metrics) templateQuality(language, said string) {
	now := strings.ToLower(said)
	if !slices.Contains(qualities(), now) {
		now = "unknown"
	}
	for _, quality := range qualities() {
		value := 0.0
		if quality == now {
			value = 1
		}
		m.quality.WithLabelValues(language, quality).Set(value)
	}
}
