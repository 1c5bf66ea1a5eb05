package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// sampled are the metrics that are found out when they are asked for. What the store
// does not tell in time is left out.
type sampled struct {
	load       func() courier.Load
	lastReport func() time.Time
	backlog    func(ctx context.Context, now time.Time) (courier.Backlog, error)
	// usage is what is used of the limits and budgets that are not a number's own.
	usage   func(ctx context.Context) ([]courier.Usage, error)
	trouble func(doing string, err error)
	now     func() time.Time

	described sampledDescriptions
}

// sampleWithin bounds how long a scrape waits for the store.
const sampleWithin = 2 * time.Second

type sampledDescriptions struct {
	queued, queueRoom, laneUsed, laneSize *prometheus.Desc
	lastReport                            *prometheus.Desc
	live, due, oldestDue                  *prometheus.Desc
	limitLeft, limitMax                   *prometheus.Desc
}

func describeSampled() sampledDescriptions {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	return sampledDescriptions{
		queued:    gauge("dispatch_queue_length", "Deliveries that wait in the memory of this process for their turn."),
		queueRoom: gauge("dispatch_queue_capacity", "For how many there is room in memory; what does not fit waits in the store."),
		laneUsed:  gauge("lane_requests", "Requests to a provider that are under way in this process.", "channel", "provider"),
		laneSize:  gauge("lane_capacity", "How many may be under way; new messages leave a quarter to those that have waited.", "channel", "provider"),
		lastReport: gauge("last_report_timestamp_seconds",
			"When the last report of Meta came, as a Unix time; 0 before the first since the start."),
		live:      gauge("live_deliveries", "Deliveries of all replicas that have not ended: most wait for a report or for their fallback."),
		due:       gauge("due_deliveries", "Deliveries of all replicas that are due and that no process has taken up."),
		oldestDue: gauge("oldest_due_age_seconds", "For how long the oldest of them is due; 0 when there is none."),
		limitLeft: gauge("limit_left", "Places left of a limit or an SMS budget (sms_total, sms_prefix) of all replicas.", "limit", "prefix", "window"),
		limitMax:  gauge("limit_max", "Places that a limit or an SMS budget has within its window.", "limit", "prefix", "window"),
	}
}

func (d sampledDescriptions) all() []*prometheus.Desc {
	return []*prometheus.Desc{
		d.queued, d.queueRoom, d.laneUsed, d.laneSize, d.lastReport, d.live, d.due, d.oldestDue, d.limitLeft, d.limitMax,
	}
}

// Describe implements prometheus.Collector.
func (s *sampled) Describe(to chan<- *prometheus.Desc) {
	for _, d := range s.described.all() {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (s *sampled) Collect(to chan<- prometheus.Metric) {
	d := s.described
	set := func(desc *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	load := s.load()
	set(d.queued, float64(load.Waiting))
	set(d.queueRoom, float64(load.Room))
	for _, lane := range load.Lanes {
		set(d.laneUsed, float64(lane.Used), string(lane.Channel), lane.Route)
		set(d.laneSize, float64(lane.Size), string(lane.Channel), lane.Route)
	}
	set(d.lastReport, unixSeconds(s.lastReport()))

	ctx, cancel := context.WithTimeout(context.Background(), sampleWithin)
	defer cancel()
	now := s.now()
	backlog, err := s.backlog(ctx, now)
	if err != nil {
		s.trouble("reading the backlog for the metrics", err)
		return
	}
	set(d.live, float64(backlog.Live))
	set(d.due, float64(backlog.Due))
	set(d.oldestDue, age(backlog.OldestDue, now))
	usage, err := s.usage(ctx)
	if err != nil {
		s.trouble("reading the limits for the metrics", err)
		return
	}
	for _, u := range usage {
		set(d.limitLeft, float64(max(u.Left(), 0)), u.Name, u.Prefix, u.Window.String())
		set(d.limitMax, float64(u.Max), u.Name, u.Prefix, u.Window.String())
	}
}

func unixSeconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}

func age(since, now time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(now.Sub(since).Seconds(), 0)
}
