package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"
	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

type reader struct {
	deliveries []courier.Delivery // newest first
	broken     error
	asked      *courier.Page // what List was asked for
	tallies    []courier.Tally
	tallied    *courier.TallyQuery // what Tallies was asked for
}

func (r reader) Tallies(_ context.Context, q courier.TallyQuery) ([]courier.Tally, error) {
	if r.tallied != nil {
		*r.tallied = q
	}
	return r.tallies, r.broken
}

func (r reader) Peek(_ context.Context, id courier.ID) (courier.Delivery, error) {
	for _, d := range r.deliveries {
		if d.ID == id {
			return d, r.broken
		}
	}
	return courier.Delivery{}, errors.Join(r.broken, courier.ErrNotFound)
}

func (r reader) List(_ context.Context, p courier.Page) (page courier.Listing, err error) {
	if r.asked != nil {
		*r.asked = p
	}
	for _, d := range r.deliveries {
		after := p.Before == (courier.ID{}) || d.ID.String() < p.Before.String()
		if !after || len(p.States) > 0 && !slices.Contains(p.States, d.State) || !p.To.IsZero() && d.To.E164() != p.To.E164() {
			continue
		}
		if len(page.Deliveries) == p.Limit {
			page.Next = page.Deliveries[p.Limit-1].ID
			break
		}
		page.Deliveries = append(page.Deliveries, d)
	}
	return page, r.broken
}

func (r reader) Backlog(_ context.Context, now time.Time) (courier.Backlog, error) {
	return courier.Backlog{Live: len(r.deliveries), OldestDue: now.Add(-time.Minute)}, r.broken
}

type quiet struct{}

func (quiet) ReportError(*http.Request, int, error, ...any) {}

func get(t *testing.T, r reader, path string) (int, map[string]any) {
	t.Helper()
	router := mux.NewRouter()
	(&API{Reader: r, Answer: herodot.NewJSONWriter(quiet{})}).Register(router)
	recorder, request := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
	router.ServeHTTP(recorder, request)
	conforms(t, request, recorder)
	var body map[string]any
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &body))
	return recorder.Code, body
}

func sample(t *testing.T) courier.Delivery {
	t.Helper()
	phone, err := courier.ParsePhone("+12025550143")
	require.NoError(t, err)
	code, err := courier.NewCode("135790")
	require.NoError(t, err)
	at := time.Date(2026, 11, 21, 12, 0, 0, 500_000_000, time.FixedZone("", 3600))
	return courier.Delivery{
		ID: uuid.MustParse("01a1fbef-db4c-7962-b793-22d67237c625"), TemplateType: "login_code_valid", Purpose: courier.Login,
		To: phone, Country: "US", Code: code, State: courier.StateFallback, NoWhatsApp: "whatsapp_busy", NoSMS: "sms_total_limit", AcceptedAt: at, ExpiresAt: at.Add(time.Minute),
		Attempts: []courier.Attempt{{
			N: 1, Channel: courier.WhatsApp, Provider: "meta", ProviderID: "…AAA=", State: courier.AttemptFailed,
			Class: courier.ClassRecipient, Code: "131026", Reason: "not on WhatsApp", StartedAt: at, FailedAt: at,
		}},
	}
}

func TestUnknownFiltersAreRefused(t *testing.T) {
	t.Parallel()
	r := reader{deliveries: []courier.Delivery{sample(t)}}
	for path, says := range map[string]string{
		"/deliveries?phone=x":    `"phone" is unknown here; known are: state, purpose, country, channel, code, from, to, limit, cursor`,
		"/deliveries?reason=x":   `"reason"`,
		"/deliveries?State=sent": `"State"`,
		"/deliveries/01a1fbef-db4c-7962-b793-22d67237c625?state=sent": `"state" is unknown here; known are: none`,
		"/status?verbose=1":                   `"verbose"`,
		"/deliveries?state=sent&state=failed": `"state" is there 2 times`,
		"/deliveries?state=%z":                "cannot be read",
	} {
		status, body := get(t, r, path)
		require.Equal(t, http.StatusBadRequest, status, path)
		reason, _ := body["error"].(map[string]any)["reason"].(string)
		require.Contains(t, reason, says, path)
	}
	status, body := get(t, r, "/deliveries?"+strings.Repeat("x", 5000)+"=1")
	require.Equal(t, http.StatusBadRequest, status)
	require.Less(t, len(fmt.Sprint(body)), 500)
}

func TestGetShowsEverythingButSecrets(t *testing.T) {
	t.Parallel()
	status, body := get(t, reader{deliveries: []courier.Delivery{sample(t)}}, "/deliveries/01a1fbef-db4c-7962-b793-22d67237c625")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, map[string]any{
		"id": "01a1fbef-db4c-7962-b793-22d67237c625", "template_type": "login_code_valid", "purpose": "login",
		"to": "+1********43", "country": "US", "state": "fallback", "no_whatsapp": "whatsapp_busy", "no_sms": "sms_total_limit",
		"accepted_at": "2026-11-21T11:00:00.5Z", "expires_at": "2026-11-21T11:01:00.5Z",
		"attempts": []any{map[string]any{
			"n": 1.0, "channel": "whatsapp", "provider": "meta", "provider_id": "…AAA=", "state": "failed",
			"class": "recipient", "code": "131026", "reason": "not on WhatsApp",
			"started_at": "2026-11-21T11:00:00.5Z", "failed_at": "2026-11-21T11:00:00.5Z",
		}},
	}, body)
}

func TestGetOfNothing(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"x", "01a1fbef-db4c-7962-b793-22d67237c626"} {
		status, _ := get(t, reader{}, "/deliveries/"+id)
		require.Equal(t, http.StatusNotFound, status)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	var all []courier.Delivery
	for n := byte(5); n > 0; n-- {
		d := sample(t)
		d.ID[15] = n
		if n == 3 {
			d.State = courier.StateRead
		}
		all = append(all, d)
	}
	var seen []string
	path, pages := "/deliveries?limit=2", 0
	for cursor := ""; ; pages++ {
		status, body := get(t, reader{deliveries: all}, path+cursor)
		require.Equal(t, http.StatusOK, status)
		for _, d := range body["deliveries"].([]any) {
			seen = append(seen, d.(map[string]any)["id"].(string))
		}
		if body["next"] == "" {
			break
		}
		cursor = "&cursor=" + body["next"].(string)
	}
	require.Equal(t, 2, pages, "the last page has no next")
	require.Len(t, seen, 5)
	for i, d := range all {
		require.Equal(t, d.ID.String(), seen[i])
	}

	_, body := get(t, reader{deliveries: all}, "/deliveries?state=read")
	require.Len(t, body["deliveries"], 1)
	_, body = get(t, reader{}, "/deliveries")
	require.Equal(t, []any{}, body["deliveries"], "an empty list is a list")
}

func TestListRefusesStrangeQueries(t *testing.T) {
	t.Parallel()
	for query, says := range map[string]string{
		"state=gone": "`state` must", "state=sent,": "`state` must", "state=sent,%20read": "`state` must",
		"limit=0": "`limit` must", "limit=501": "`limit` must", "limit=x": "`limit` must", "cursor=x": "`cursor` must",
		"purpose=fun": "`purpose` must be one of login, registration, verification, recovery",
		"channel=fax": "`channel` must be one of whatsapp, sms", "country=UK": "`country` is no country's code; GB may be meant",
		"country=ZZ": "`country` must", "country=br": "BR may be meant", "code=" + strings.Repeat("1", 65): "`code` must",
		"from=yesterday": "`from` must", "to=2026-11-21": "`to` must", "limit=0&state=gone": "`state`",
	} {
		status, body := get(t, reader{}, "/deliveries?"+query)
		require.Equal(t, http.StatusBadRequest, status, query)
		require.Contains(t, body["error"].(map[string]any)["reason"], says, query)
	}
}

func TestFiltersReachTheStore(t *testing.T) {
	t.Parallel()
	var asked courier.Page
	r := reader{deliveries: []courier.Delivery{sample(t)}, asked: &asked}
	id := "01a1fbef-db4c-7962-b793-22d67237c626"
	filters := "?state=sent,failed,sent&purpose=login&country=US&channel=sms&code=30006&from=2026-11-21T12:00:00%2B01:00&to=2026-11-21T12:00:00.5Z&limit=7&cursor=" + id
	want := courier.Page{
		States: []courier.State{courier.StateFailed, courier.StateSent}, Purpose: courier.Login, Country: "US", Channel: courier.SMS, Code: "30006",
		From: time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 21, 12, 0, 0, 500_000_000, time.UTC),
		Before: uuid.MustParse(id), Limit: 7,
	}
	status, _ := get(t, r, "/deliveries"+filters)
	require.Equal(t, http.StatusOK, status)
	asked.From = asked.From.UTC()
	require.Equal(t, want, asked)

	answer := call(t, &API{Reader: r}, http.MethodPost, "/deliveries/search"+filters, `{"phone":"+1 202 555 0143"}`)
	require.Equal(t, http.StatusOK, answer.Code)
	require.Equal(t, "+12025550143", asked.To.E164())
	asked.From, want.To = asked.From.UTC(), asked.To
	require.Equal(t, want, asked)
	require.Equal(t, http.StatusBadRequest, call(t, &API{Reader: r}, http.MethodPost, "/deliveries/search", `{"phone":"2025550143"}`).Code)
}

// The operator is told that the store is broken, the log why.
func TestBrokenStore(t *testing.T) {
	t.Parallel()
	disk := errors.New("disk /dev/sda gone")
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/deliveries", ""},
		{http.MethodGet, "/deliveries/01a1fbef-db4c-7962-b793-22d67237c625", ""},
		{http.MethodPut, "/denied-numbers", `{"phone":"+12025550143"}`},
		{http.MethodDelete, "/denied-numbers", `{"phone":"+12025550143"}`},
	} {
		var told []error
		a := &API{
			Reader:  reader{deliveries: []courier.Delivery{sample(t)}, broken: disk},
			Denials: denials{denied: map[string]bool{}, broken: disk},
			Trouble: func(_ string, err error) { told = append(told, err) },
		}
		answer := call(t, a, c.method, c.path, c.body)
		require.Equal(t, http.StatusInternalServerError, answer.Code, c.path)
		require.NotContains(t, answer.Body.String(), "/dev/sda")
		require.Equal(t, []error{disk}, told, c.path)
	}
}

func TestHangingUpIsNoTrouble(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := &API{
		Reader: reader{broken: context.Canceled}, Answer: herodot.NewJSONWriter(quiet{}),
		Trouble: func(string, error) { t.Error("told") },
	}
	router := mux.NewRouter()
	a.Register(router)
	router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/deliveries", nil))
}
