package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

type denials struct {
	denied map[string]bool
	broken error
}

func (d denials) Deny(_ context.Context, p courier.Phone, _ time.Time) error {
	d.denied[p.E164()] = true
	return d.broken
}

func (d denials) Allow(_ context.Context, p courier.Phone) error {
	delete(d.denied, p.E164())
	return d.broken
}

func call(t *testing.T, a *API, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	a.Answer, a.Now = herodot.NewJSONWriter(quiet{}), time.Now
	router := mux.NewRouter()
	a.Register(router)
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
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

func TestStatusShowsWhatIsOutOfOrder(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	a := &API{
		Faults: func() []courier.Fault {
			return []courier.Fault{{Part: "account", Code: "190", Reason: "bad token", Since: since}}
		},
		OldKeys: func() *int { n := 7; return &n },
	}
	answer := call(t, a, http.MethodGet, "/status", "")
	require.Equal(t, http.StatusOK, answer.Code)
	require.JSONEq(t, `{"degraded":[{"part":"account","code":"190","reason":"bad token","since":"2026-11-21T12:00:00Z"}],"deliveries_under_old_keys":7}`, answer.Body.String())

	a.Faults = func() []courier.Fault { return nil }
	var calm map[string]any
	require.NoError(t, json.Unmarshal(call(t, a, http.MethodGet, "/status", "").Body.Bytes(), &calm))
	require.Equal(t, []any{}, calm["degraded"])

	a.OldKeys = func() *int { return nil }
	require.JSONEq(t, `{"degraded":[],"deliveries_under_old_keys":null}`, call(t, a, http.MethodGet, "/status", "").Body.String())
}
