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
	usage      []courier.Usage
	err        error
	next       courier.ID
}

func (b *book) List(_ context.Context, p courier.Page) (courier.Listing, error) {
	b.asked = append(b.asked, p)
	return courier.Listing{Deliveries: b.deliveries, Next: b.next}, b.err
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

func TestTheFunnelCountsHowFarCodesCame(t *testing.T) {
	t.Parallel()
	b := &book{deliveries: []courier.Delivery{
		fellBack(t),
		{State: courier.StateSuppressed},
		{State: courier.StateRead, Attempts: []courier.Attempt{{Channel: courier.WhatsApp, AcceptedAt: at(1), ReadAt: at(2)}}},
		{State: courier.StateFailed, Attempts: []courier.Attempt{{Channel: courier.WhatsApp, FailedAt: at(1)}, {Channel: courier.SMS, FailedAt: at(2)}}},
		{State: courier.StateExpired},
	}}
	s := screenOf(b)
	got, err := s.lastDay(t.Context())
	require.NoError(t, err)
	want := funnel{Accepted: 4, Taken: 2, Delivered: 2, Read: 1, Used: 1, ByBoth: 2, Failed: 2, Suppressed: 1}
	require.Equal(t, want, got)
	require.Equal(t, at(59).Add(-24*time.Hour), b.asked[0].From)
	_, err = s.lastDay(t.Context())
	require.NoError(t, err)
	require.Len(t, b.asked, 1, "all who look share one count")

	b.next = uuid.New()
	s = screenOf(b)
	got, err = s.lastDay(t.Context())
	require.NoError(t, err)
	require.True(t, got.(funnel).More)
	require.Len(t, b.asked, 1+4, "it looks at so many and no more")
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
