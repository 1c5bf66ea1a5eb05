package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
)

type denials struct {
	denied map[string]bool
	broken error
}

func (d denials) Deny(_ context.Context, p courier.Phone, _ time.Time) error {
	d.denied[p.E164()] = true
	return d.broken
}

func (d denials) Denied(_ context.Context, p courier.Phone) (bool, error) {
	return d.denied[p.E164()], d.broken
}

func (d denials) Allow(_ context.Context, p courier.Phone) error {
	delete(d.denied, p.E164())
	return d.broken
}

func call(t *testing.T, a *API, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	return callAs(t, a, auth.Holder{Name: "anna"}, method, path, body)
}

func callAs(t *testing.T, a *API, who auth.Holder, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	a.Answer, a.Now = herodot.NewJSONWriter(quiet{}), time.Now
	if a.Changed == nil {
		a.Changed = func(*http.Request, Change) {}
	}
	router := mux.NewRouter()
	a.Register(router)
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	router.ServeHTTP(recorder, request.WithContext(auth.WithHolder(request.Context(), who)))
	conforms(t, request, recorder)
	return recorder
}

func TestDeniedNumbers(t *testing.T) {
	t.Parallel()
	d := denials{denied: map[string]bool{}}
	a := &API{Denials: d}
	require.Equal(t, http.StatusNoContent, call(t, a, http.MethodPut, "/denied-numbers", `{"phone":"+1 (202) 555-0143"}`).Code)
	require.Equal(t, map[string]bool{"+12025550143": true}, d.denied)
	require.Equal(t, http.StatusNoContent, call(t, a, http.MethodDelete, "/denied-numbers", `{"phone":"+12025550143"}`).Code)
	require.Empty(t, d.denied)
	// An answer that leaves a field out looks as if it had been understood.
	for _, body := range []string{``, `[]`, `{}`, `{"phone":"2025550143"}`, `{"phone":5}`, `{"phone":"+12025550143","until":"tomorrow"}`, `{"phone":"+12025550143"}{}`, `{"phone":"` + strings.Repeat("1", 5000) + `"}`} {
		answer := call(t, a, http.MethodPut, "/denied-numbers", body)
		require.Equal(t, http.StatusBadRequest, answer.Code, body)
		require.NotContains(t, answer.Body.String(), "2025550143")
	}
	require.Empty(t, d.denied)
}

func TestStatusShowsWhatIsDegraded(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var trouble []string
	a := &API{
		Reader: reader{deliveries: make([]courier.Delivery, 3)}, LastReport: func() time.Time { return since },
		Trouble: func(doing string, _ error) { trouble = append(trouble, doing) },
		Faults: func() []courier.Fault {
			return []courier.Fault{{Part: "account", Code: "190", Reason: "bad token", Since: since}}
		},
		OldKeys: func() *int { n := 7; return &n },
		Self:    courier.ID{1},
		Replicas: func() []courier.Replica {
			return []courier.Replica{
				{ID: courier.ID{1}, Serves: courier.ServesAll, Version: "v1.2.3", Started: since, Beat: since.Add(time.Minute)},
				{ID: courier.ID{2}, Serves: courier.ServesWebhook, Version: "v1.2.4", Started: since, Beat: since},
			}
		},
	}
	answer := call(t, a, http.MethodGet, "/status", "")
	require.Equal(t, http.StatusOK, answer.Code)
	var shown map[string]any
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &shown))
	require.NotEmpty(t, shown["backlog"].(map[string]any)["oldest_due"])
	delete(shown["backlog"].(map[string]any), "oldest_due")
	require.Equal(t, map[string]any{
		"degraded":    []any{map[string]any{"part": "account", "code": "190", "reason": "bad token", "since": "2026-11-21T12:00:00Z"}},
		"backlog":     map[string]any{"live": 3.0},
		"last_report": "2026-11-21T12:00:00Z", "deliveries_under_old_keys": 7.0,
		"replicas": []any{
			map[string]any{
				"id": "01000000-0000-0000-0000-000000000000", "serves": "all", "version": "v1.2.3",
				"started_at": "2026-11-21T12:00:00Z", "last_beat": "2026-11-21T12:01:00Z", "answers": true,
			},
			map[string]any{
				"id": "02000000-0000-0000-0000-000000000000", "serves": "webhook", "version": "v1.2.4",
				"started_at": "2026-11-21T12:00:00Z", "last_beat": "2026-11-21T12:00:00Z", "answers": false,
			},
		},
	}, shown)

	a.Faults = func() []courier.Fault { return nil }
	var calm map[string]any
	require.NoError(t, json.Unmarshal(call(t, a, http.MethodGet, "/status", "").Body.Bytes(), &calm))
	require.Equal(t, []any{}, calm["degraded"])

	// What is known without the store is shown without it.
	a.Replicas = func() []courier.Replica { return nil }
	a.OldKeys, a.LastReport, a.Reader = func() *int { return nil }, func() time.Time { return time.Time{} }, reader{broken: errors.New("disk")}
	require.JSONEq(t, `{"degraded":[],"backlog":null,"last_report":null,"deliveries_under_old_keys":null,"replicas":[]}`, call(t, a, http.MethodGet, "/status", "").Body.String())
	require.Equal(t, []string{"answering an operator"}, trouble)
}
