package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// measured has three rounds of two targets; the relay needs 100 µs for a message.
func measured() Figures {
	f := Figures{Fsync: 100 * time.Microsecond, Lives: make(map[string]map[string]result), targets: []string{"relay", "courier", onPostgres}, Commit: 250 * time.Microsecond}
	for _, load := range []string{oneCaller, manyCallers, calm, busy} {
		for _, cpu := range []time.Duration{100, 90, 5000} {
			f.add(load, "relay", result{messages: 1000, took: time.Second, cpu: cpu * time.Millisecond, accepts: []time.Duration{time.Millisecond}})
		}
		f.add(load, onPostgres, result{
			messages: 1000, took: 2 * time.Second, asked: 700, cpu: 300 * time.Millisecond, server: 200 * time.Millisecond, accepts: []time.Duration{time.Millisecond},
		})
		for _, cpu := range []time.Duration{251, 249, 250} {
			f.add(load, "courier", result{
				messages: 1000, took: time.Second, cpu: cpu * time.Millisecond, written: 30_000_000,
				accepts: []time.Duration{200 * time.Microsecond, 300 * time.Microsecond, 1500 * time.Microsecond},
			})
		}
	}
	late := f.Lives[calm]["courier"]
	late.unread = 7
	f.Lives[calm]["courier"] = late
	f.Sustained = []Sustained{{Numbers: 1, Asked: 1000, Got: 998.6, Cores: 0.71, AcceptP99: 7 * time.Millisecond, Resident: 61 << 20, Span: 20 * time.Second, Took: 20040 * time.Millisecond, Unread: 3}}
	f.Storm = Storm{People: 150, Answer: answerTime, WithUs: 3 * time.Second, Alone: 48 * time.Second}
	f.Beside = []Beside{
		{Target: "courier, 9 stored", What: "one backup after the other", Waits: Waits{time.Millisecond, 3 * time.Millisecond, 9 * time.Millisecond}, Empty: Waits{P99: 1500 * time.Microsecond, Most: 4 * time.Millisecond}},
		{Target: "PostgreSQL, 9 stored", What: "old deliveries are removed", Waits: Waits{time.Millisecond, 3 * time.Millisecond, 8 * time.Millisecond}, Empty: Waits{P99: 2 * time.Millisecond, Most: 5 * time.Millisecond}},
	}
	f.BesideRate = f.carried("courier")
	f.Bursts = []Burst{{Target: "courier", Held: 3600, Rate: 1200}}
	f.Bursts[0].Webhook.P99, f.Bursts[0].Accept.P99 = 9*time.Millisecond, 8*time.Millisecond
	f.Reports = map[string]View{"PostgreSQL, 9 stored": {Path: "/admin/reports?by=day", Took: 31 * time.Millisecond}}
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
		"| courier | 250 µs (2.5) | 250 µs (2.5), **7 unread** | 250 µs (2.5) | 30,000 |",
		"| courier | 300µs (3) | 1.5ms (15), **7 unread** | 1.5ms (15) | 1.5ms (15) |",
		"What Kratos waits for at 700 a second: p50",
		"| PostgreSQL, 1 replica | 500 µs (5.0), server 200 µs, **kept 500 a second** |",
		"A transaction of one row takes 250µs",
		"| PostgreSQL, 9 stored | old deliveries are removed | 1ms | 3ms | 8ms | 2ms | 5ms | 1.5 |",
		"| courier | 3,600 | 0s | 9ms | 0s | 8ms |",
		"| courier, 9 stored | one backup after the other | 1ms | 3ms | 9ms | 1.5ms | 4ms | 2.0 |",
		"| 1 | 1000 | 20s | 20s | 3 | 999 | 0.71 | 7ms | 61 MB |",
		"| Kratos with the courier | 3s | 50.0 |",
		"| Kratos alone, posting to Meta | 48s | 3.1 |",
		"`/admin/deliveries`, 24ms (p50)",
		"`/admin/reports?by=day`, 31ms (p50) on PostgreSQL, 9 stored.",
	} {
		require.Contains(t, page.String(), line)
	}
	require.NotContains(t, page.String(), "short run")
}

// On a machine that lets messages queue at the higher rate, what goes on beside it is measured
// at the lower one.
func TestASlowMachine(t *testing.T) {
	t.Parallel()
	f := measured()
	slow := f.Lives[busy]["courier"]
	slow.accepts = []time.Duration{5 * 1500 * time.Microsecond}
	f.Lives[busy]["courier"] = slow
	f.BesideRate = f.carried("courier")
	var page bytes.Buffer
	require.NoError(t, f.WriteMarkdown(&page, time.Now()))
	require.Contains(t, page.String(), "What Kratos waits for at 300 a second: p50")
	slow.accepts = []time.Duration{300 * time.Microsecond, 300 * time.Microsecond, time.Second}
	f.Lives[busy]["courier"] = slow
	require.Equal(t, busyRate, f.carried("courier"), "it stood still once")
}

// A round in which the machine stood still decides nothing but the longest wait.
func TestWaits(t *testing.T) {
	t.Parallel()
	round := func(times ...time.Duration) result { return result{accepts: times} }
	require.Equal(t, Waits{P50: 5, P99: 5, Most: 900}, waits([]result{round(2, 3, 4), round(3, 700, 900), round(1, 5, 5)}))
	require.Zero(t, waits([]result{round()}))
}

// Every load and target has a bar, and the plot is well-formed.
func TestPlots(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		write func(io.Writer) error
		bars  int
		label string
	}{
		"cpu":    {measured().WriteCPUPlot, 9, "250"},
		"accept": {measured().WriteAcceptPlot, 12, "1.5"},
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

// A database server is a family of processes; what its children use counts.
func TestUsageOfAFamily(t *testing.T) {
	t.Parallel()
	parent := exec.CommandContext(t.Context(), "sh", "-c", "(while :; do :; done) & echo $!; wait")
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	child, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(child))
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL); _ = parent.Wait() })
	require.Eventually(t, func() bool {
		alone, err := usageOf(parent.Process.Pid)
		require.NoError(t, err)
		family, err := usageOfFamily(parent.Process.Pid)
		require.NoError(t, err)
		return family.cpu >= alone.cpu+3*ticks
	}, 20*time.Second, 10*time.Millisecond)
}

// What Meta holds back is posted in turns to all callbacks, once it is released.
func TestHeldWebhooks(t *testing.T) {
	t.Parallel()
	var got [2]atomic.Int32
	var callbacks []string
	for i := range got {
		s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got[i].Add(1) }))
		t.Cleanup(s.Close)
		callbacks = append(callbacks, s.URL)
	}
	s, err := newStandIn(t.Context())
	require.NoError(t, err)
	t.Cleanup(s.close)
	s.callAt(callbacks...)
	s.hold()
	over := s.expect("+12025550143")
	s.report("wamid.1", sent{To: "+12025550143"})
	require.NoError(t, <-over)
	require.Zero(t, got[0].Load()+got[1].Load())

	held := s.release()
	require.Len(t, held, 3)
	waits, err := s.postAt(1000, held)
	require.NoError(t, err)
	require.Len(t, waits, 3)
	s.report("wamid.2", sent{To: "+12025550143"})
	require.EqualValues(t, 3, got[0].Load())
	require.EqualValues(t, 3, got[1].Load())
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
