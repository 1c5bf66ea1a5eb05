package bench

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// measured has three rounds of two targets; the relay needs 100 µs for a message.
func measured() Figures {
	f := Figures{Fsync: 100 * time.Microsecond, Lives: make(map[string]map[string]result), targets: []string{"relay", "courier"}}
	for _, load := range []string{oneCaller, manyCallers, calm, busy} {
		for _, cpu := range []time.Duration{100, 90, 5000} {
			f.add(load, "relay", result{messages: 1000, took: time.Second, cpu: cpu * time.Millisecond, accepts: []time.Duration{time.Millisecond}})
		}
		for _, cpu := range []time.Duration{251, 249, 250} {
			f.add(load, "courier", result{
				messages: 1000, took: time.Second, cpu: cpu * time.Millisecond, written: 30_000_000,
				accepts: []time.Duration{200 * time.Microsecond, 300 * time.Microsecond, 1500 * time.Microsecond},
			})
		}
	}
	f.Sustained = []Sustained{{Numbers: 1, Asked: 1000, Got: 998.6, Cores: 0.71, AcceptP99: 7 * time.Millisecond, Resident: 61 << 20, Span: 20 * time.Second, Took: 20040 * time.Millisecond, Unread: 3}}
	f.Storm = Storm{People: 150, Answer: answerTime, WithUs: 3 * time.Second, Alone: 48 * time.Second}
	f.Beside = []Beside{{What: "one backup after the other", P50: time.Millisecond, P99: 3 * time.Millisecond}}
	f.Views = View{Path: "/admin/deliveries", Took: 24 * time.Millisecond}
	return f
}

func TestPage(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	require.NoError(t, measured().WriteMarkdown(&page, time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)))
	for _, line := range []string{
		"Written by `make bench` on 26 November 2026",
		"| relay | 100 µs | 100 µs | 100 µs | 0 |",
		"| courier | 250 µs (2.5) | 250 µs (2.5) | 250 µs (2.5) | 30,000 |",
		"| courier | 300µs (3) | 1.5ms (15) | 1.5ms (15) |",
		"| one backup after the other | 1ms | 3ms (2.0) |",
		"| 1 | 1000 | 20s | 20s | 3 | 999 | 0.71 | 7ms | 61 MB |",
		"| Kratos with the courier | 3s | 50.0 |",
		"| Kratos alone, posting to Meta | 48s | 3.1 |",
		"`/admin/deliveries`, 24ms (p50)",
	} {
		require.Contains(t, page.String(), line)
	}
	require.NotContains(t, page.String(), "short run")
}

// Every load and target has a bar, and the plot is well-formed.
func TestPlots(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		write func(io.Writer) error
		bars  int
		label string
	}{
		"cpu":    {measured().WriteCPUPlot, 6, "250"},
		"accept": {measured().WriteAcceptPlot, 8, "1.5"},
	} {
		var plot bytes.Buffer
		require.NoError(t, c.write(&plot))
		require.Equal(t, c.bars, strings.Count(plot.String(), "<title>"), name)
		require.Contains(t, plot.String(), ">"+c.label+"</text>", name)
		decoder := xml.NewDecoder(&plot)
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, name)
		}
	}
}

func TestPercentiles(t *testing.T) {
	t.Parallel()
	var r result
	require.Zero(t, r.percentile(99))
	for i := range 100 {
		r.accepts = append(r.accepts, time.Duration(i+1))
	}
	require.Equal(t, time.Duration(51), r.percentile(50))
	require.Equal(t, time.Duration(100), r.percentile(99))
}

// The kernel counts this process' time, and its memory.
func TestUsage(t *testing.T) {
	t.Parallel()
	before, err := usageOf(os.Getpid())
	require.NoError(t, err)
	var burnt int
	deadline := time.Now().Add(20 * time.Second)
	after := before
	for after.cpu < before.cpu+3*ticks && time.Now().Before(deadline) {
		for i := range 1_000_000 {
			burnt += i % 7
		}
		after, err = usageOf(os.Getpid())
		require.NoError(t, err)
	}
	require.NotZero(t, burnt)
	require.GreaterOrEqual(t, after.cpu, before.cpu+3*ticks)
	require.Greater(t, after.resident, 1<<20)
}

func TestWebhooksAreMetas(t *testing.T) {
	t.Parallel()
	var body struct {
		Entry []struct {
			Changes []struct {
				Value struct {
					Statuses []map[string]any `json:"statuses"`
				} `json:"value"`
			} `json:"changes"`
		} `json:"entry"`
	}
	require.NoError(t, json.Unmarshal(webhookBody("wamid.1", "read", sent{To: "+12025550143", Reference: "d.1"}), &body))
	status := body.Entry[0].Changes[0].Value.Statuses[0]
	require.Equal(t, "read", status["status"])
	require.Equal(t, "d.1", status["biz_opaque_callback_data"])
	require.Equal(t, "12025550143", status["recipient_id"])
}
