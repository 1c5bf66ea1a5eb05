package screen

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// book is what the page reads.
type book struct {
	deliveries []courier.Delivery
	asked      []courier.Page
	tallies    []courier.Tally
	summed     []courier.TallyQuery
	usage      []courier.Usage
	err        error
}

func (b *book) Tallies(_ context.Context, q courier.TallyQuery) ([]courier.Tally, error) {
	b.summed = append(b.summed, q)
	return b.tallies, b.err
}

func (b *book) List(_ context.Context, p courier.Page) (courier.Listing, error) {
	b.asked = append(b.asked, p)
	return courier.Listing{Deliveries: b.deliveries}, b.err
}

func (b *book) Backlog(context.Context, time.Time) (courier.Backlog, error) {
	return courier.Backlog{Live: len(b.deliveries)}, b.err
}

func (b *book) Usage(context.Context, courier.Phone) ([]courier.Usage, error) { return b.usage, b.err }

func at(seconds int) time.Time {
	return time.Date(2026, time.November, 21, 9, 30, seconds, 0, time.UTC)
}

func screenOf(b *book) *Screen {
	return &Screen{
		Reader: b, Desk: b, Faults: func() []courier.Fault { return nil }, LastReport: func() time.Time { return time.Time{} },
		Trouble: func(string, error) {}, Now: func() time.Time { return at(59) },
	}
}

// fellBack went by SMS after WhatsApp had failed.
func fellBack(t *testing.T) courier.Delivery {
	t.Helper()
	to, err := courier.ParsePhone("+12025550143")
	require.NoError(t, err)
	return courier.Delivery{
		ID: uuid.New(), To: to, Country: "US", Purpose: courier.Login, State: courier.StateDelivered, AcceptedAt: at(0), EndedAt: at(9), UsedAt: at(12),
		Attempts: []courier.Attempt{
			{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptFailed, StartedAt: at(1), AcceptedAt: at(2), FailedAt: at(3), Code: "131026", Reason: "<b>not</b> on WhatsApp"},
			{N: 2, Channel: courier.SMS, Provider: "twilio", State: courier.AttemptDelivered, StartedAt: at(4), AcceptedAt: at(5), DeliveredAt: at(9)},
		},
	}
}

func TestATimelineIsInTheOrderOfTime(t *testing.T) {
	t.Parallel()
	var said []string
	for _, m := range timeline(fellBack(t)) {
		said = append(said, m.After+" "+m.What)
	}
	require.Equal(t, []string{
		"+0.0 s Accepted from Kratos", "+1.0 s WhatsApp by meta: request", "+2.0 s WhatsApp by meta: taken",
		"+3.0 s WhatsApp by meta: failed 131026 <b>not</b> on WhatsApp", "+4.0 s SMS by twilio: request", "+5.0 s SMS by twilio: taken",
		"+9.0 s SMS by twilio: delivered", "+9.0 s Ended: delivered", "+12.0 s The code was used",
	}, said)
}

// Providers cut their times to seconds.
func TestNothingIsReportedBeforeItWasTaken(t *testing.T) {
	t.Parallel()
	ms := func(n int) time.Time { return at(1).Add(time.Duration(n) * time.Millisecond) }
	var said []string
	for _, m := range timeline(courier.Delivery{AcceptedAt: ms(200), Attempts: []courier.Attempt{
		{Channel: courier.WhatsApp, Provider: "meta", StartedAt: ms(300), AcceptedAt: ms(500), SentAt: at(1), DeliveredAt: at(2), FailedAt: at(0)},
	}}) {
		said = append(said, m.After+" "+m.What)
	}
	require.Equal(t, []string{
		"-1.2 s WhatsApp by meta: failed", "+0.0 s Accepted from Kratos", "+0.1 s WhatsApp by meta: request", "+0.3 s WhatsApp by meta: taken",
		"+0.3 s WhatsApp by meta: sent", "+0.8 s WhatsApp by meta: delivered",
	}, said, "more than a second early is a wrong clock, which is shown")
}

func TestTheFunnelAddsUpWhatWasCounted(t *testing.T) {
	t.Parallel()
	b := &book{}
	for _, d := range []courier.Delivery{
		fellBack(t),
		{State: courier.StateSuppressed},
		{State: courier.StateRead, Attempts: []courier.Attempt{{Channel: courier.WhatsApp, State: courier.AttemptRead, AcceptedAt: at(1)}}},
		{State: courier.StateFailed, Attempts: []courier.Attempt{{Channel: courier.WhatsApp, FailedAt: at(1)}, {Channel: courier.SMS, FailedAt: at(2)}}},
		{State: courier.StateExpired},
	} {
		b.tallies = append(b.tallies, courier.Tallied(courier.Delivery{State: courier.StateSuppressed, Repeats: -1}, d, at(59))...)
	}
	b.tallies = append(b.tallies, courier.Tally{Counts: courier.Counts{courier.MeasureUsed: -2}})
	s := screenOf(b)
	got, err := s.lastDay(t.Context())
	require.NoError(t, err)
	var counted []int
	for _, step := range got.(funnel).Steps() {
		require.Equal(t, 4, step.Of)
		counted = append(counted, step.N)
	}
	require.Equal(t, []int{4, 2, 2, 1, 0, 2, 2}, counted, "one was used, and two more than were counted")
	require.Equal(t, 1, got.(funnel).Suppressed())
	require.Equal(t, []courier.TallyQuery{{By: courier.ByPurpose, From: at(59).Add(-24 * time.Hour).Truncate(time.Hour), Until: at(59).Truncate(time.Hour).Add(time.Hour)}}, b.summed)
	_, err = s.lastDay(t.Context())
	require.NoError(t, err)
	require.Len(t, b.summed, 1, "all who look share one count")
}

func TestPiecesShowNoNumberAndNoMarkupOfProviders(t *testing.T) {
	t.Parallel()
	b := &book{
		deliveries: []courier.Delivery{fellBack(t)},
		usage:      []courier.Usage{{Name: "sms_total", Max: 10, Used: 10, Window: time.Hour}, {Name: "sms_prefix", Prefix: "+44", Max: 10, Used: 8, Window: 90 * time.Minute}},
	}
	drawn := screenOf(b).drawer(views(), courier.Phone{})(t.Context())
	require.Len(t, drawn, 4)
	all := strings.Join([]string{drawn["health"], drawn["funnel"], drawn["limits"], drawn["deliveries"]}, "")
	for _, text := range []string{"&#43;1********43", "WhatsApp, then SMS", "&lt;b&gt;not&lt;/b&gt;", "SMS in all, in 1h<", "SMS for &#43;44, in 1h30m<", "none since the start"} {
		require.Contains(t, all, text)
	}
	for _, text := range []string{"2025550143", "<b>", "<no value>", "style="} {
		require.NotContains(t, all, text)
	}
}

// What cannot be read is said in its place, and the rest is there.
func TestAPageWithoutItsStore(t *testing.T) {
	t.Parallel()
	b := &book{err: errors.New("the disk is gone")}
	s := screenOf(b)
	var told []error
	s.Trouble = func(_ string, err error) { told = append(told, err) }
	for name, html := range s.drawer(views(), courier.Phone{})(t.Context()) {
		require.Contains(t, html, "The store could not be read.", name)
		require.NotContains(t, html, "disk")
	}
	require.Len(t, told, 4)
}

func TestAStreamSendsWhatHasChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		w := httptest.NewRecorder()
		s := screenOf(b)
		drawn := 0
		began := time.Now()
		s.stream(t.Context(), w, func(context.Context) map[string]string {
			drawn++
			return map[string]string{"same": "a\nb", "new": strings.Repeat("x", drawn)}
		})
		require.Equal(t, streamFor, time.Since(began))
		require.Equal(t, 1+int(streamFor/refreshEvery), drawn)
		require.Equal(t, 1, strings.Count(w.Body.String(), "event: same\ndata: \"a\\nb\"\n\n"))
		require.Equal(t, drawn, strings.Count(w.Body.String(), "event: new\n"))

		ending := make(chan struct{})
		s.Ending = ending
		close(ending)
		began = time.Now()
		s.stream(t.Context(), w, func(context.Context) map[string]string { return nil })
		require.Zero(t, time.Since(began))
		require.Equal(t, http.StatusOK, w.Code)
	})
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{time.Hour: "1h", 90 * time.Minute: "1h30m", 10 * time.Second: "10s", 24 * time.Hour: "24h", 70 * time.Second: "1m10s"} {
		require.Equal(t, want, span(d))
	}
}
