package app

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are what /metrics/prometheus shows. No label holds anything that came
// from outside unchecked.
type metrics struct {
	registry *prometheus.Registry

	received  *prometheus.CounterVec
	attempts  *prometheus.CounterVec
	ended     *prometheus.CounterVec
	sent      *prometheus.CounterVec
	used      *prometheus.CounterVec
	webhooks  *prometheus.CounterVec
	alerts    *prometheus.CounterVec
	unusual   *prometheus.CounterVec
	trouble   *prometheus.CounterVec
	refused   *prometheus.CounterVec
	noReceipt *prometheus.CounterVec
	repeated  *prometheus.CounterVec
	degraded  *prometheus.GaugeVec
	delivered *prometheus.HistogramVec
	requests  *prometheus.HistogramVec
	reloaded  *prometheus.GaugeVec

	connections  *prometheus.GaugeVec
	certificates *prometheus.GaugeVec
}

func newMetrics(parts []string) *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	make := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return make.NewCounterVec(prometheus.CounterOpts{Namespace: "whatsapp_courier", Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry:  registry,
		received:  counter("messages_received_total", "Messages of Kratos that were answered, by what became of them.", "outcome", "purpose", "reason"),
		attempts:  counter("attempts_total", "Requests to providers, by outcome.", "channel", "provider", "state", "class", "code"),
		ended:     counter("deliveries_ended_total", "Deliveries that came to an end.", "state", "purpose"),
		sent:      counter("codes_sent_total", "Codes that a provider took, by channel and country calling code; a fallback counts once more.", "channel", "calling_code"),
		used:      counter("codes_used_total", "Deliveries whose code let a person in, by the last channel tried and country calling code.", "channel", "calling_code"),
		webhooks:  counter("webhook_events_total", "Events in Meta's signed webhooks.", "kind", "field"),
		alerts:    counter("security_events_total", "Security events: identity_changed, not_requested.", "alert"),
		unusual:   counter("unusual_messages_total", "Messages to prefixes of which unusually few codes were used; the log names the prefix."),
		refused:   counter("requests_refused_total", "Requests that a listener refused; the log says what to compare.", "listener", "route", "reason"),
		noReceipt: counter("sms_receipts_unreadable_total", "Authenticated requests of the SMS provider to the receipts' URL that were no receipts."),
		repeated:  counter("sms_repeated_total", "SMS that were sent again because the outcome of the first request was unknown."),
		trouble:   counter("trouble_total", "Things that should work and did not; the log says what."),
		degraded: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "whatsapp_courier", Name: "degraded",
			Help: "1 while a part is degraded for everyone: account, whatsapp, webhooks, sms, sms_budget, clock, or a language of the template. Of one WhatsApp number or SMS provider of several, its name follows: sms:<name>.",
		}, []string{"part"}),
		delivered: make.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "whatsapp_courier", Name: "time_to_phone_seconds",
			Help:    "Time from accepting a message to the first report that the phone has it, both by this service's clock.",
			Buckets: []float64{0.5, 1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 120, 300},
		}, []string{"channel"}),
		connections: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "whatsapp_courier", Name: "connections",
			Help: "Open connections of a listener; serve.<listener>.max_connections bounds them.",
		}, []string{"listener"}),
		certificates: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "whatsapp_courier", Name: "certificate_ends_timestamp_seconds",
			Help: "When the certificate of a listener ends, as a Unix time.",
		}, []string{"listener"}),
		reloaded: make.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "whatsapp_courier", Name: "config_last_reload_successful",
			Help: "1 unless the configuration was read again and was faulty: then 0, and the old one is in use.",
		}, nil),
		requests: make.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "whatsapp_courier", Name: "request_duration_seconds",
			Help:    "Requests that a route took, by status, and how long they took.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
		}, []string{"listener", "route", "status"}),
	}
	for _, unlabelled := range []*prometheus.CounterVec{m.unusual, m.trouble, m.noReceipt, m.repeated} {
		unlabelled.WithLabelValues() // So that it is there, at 0, before the first.
	}
	m.reloaded.WithLabelValues().Set(1)
	for _, part := range parts {
		m.degraded.WithLabelValues(part).Set(0)
	}
	return m
}
