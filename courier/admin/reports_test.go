package admin

import (
	"encoding/csv"
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
)

func TestReport(t *testing.T) {
	t.Parallel()
	hour := time.Date(2026, time.November, 21, 11, 0, 0, 0, time.UTC)
	whole := courier.Tally{
		Accepted: hour, Country: "BR", Purpose: courier.Login,
		Reasons: map[courier.Reason]int{{Measure: courier.MeasureFailed, Word: "absent"}: 2, {Measure: courier.MeasureSuppressed, Word: "number_limit"}: 1, {Measure: courier.MeasureFailed, Word: "gone"}: -1},
	}
	for m, n := range map[courier.Measure]int{
		courier.MeasureMessages: 12, courier.MeasureSuppressed: 1, courier.MeasureSent: 9, courier.MeasureDelivered: 7, courier.MeasureRead: -1,
		courier.MeasureUsed: 6, courier.MeasureFellBack: 3, courier.MeasureFailed: 2, courier.MeasureFailed + 4: 7,
	} {
		whole.Counts[m] = n
	}
	sms := courier.Tally{Accepted: hour, Country: "BR", Purpose: courier.Login, Channel: courier.SMS}
	sms.Counts[courier.MeasureSent] = 3
	var asked courier.TallyQuery
	api := &API{
		Reader: reader{tallies: []courier.Tally{whole, sms}, tallied: &asked}, Answer: herodot.NewJSONWriter(quiet{}),
		Prices: Prices{"EUR", []courier.Price{{Channel: courier.SMS, Amount: 0.05}, {Channel: courier.WhatsApp, Country: "US", Amount: 1}, {Channel: courier.SMS, Country: "US", Amount: 1}}}, Now: func() time.Time { return hour.Add(30 * time.Minute) },
	}
	ask := func(path string) *httptest.ResponseRecorder {
		router := mux.NewRouter()
		api.Register(router)
		recorder, request := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
		router.ServeHTTP(recorder, request)
		conforms(t, request, recorder)
		return recorder
	}
	answer := ask("/reports?by=country&from=2026-11-20T00:00:00Z&to=2026-11-21T12:00:00Z")
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	var body struct{ Lines []json.RawMessage }
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &body))
	require.Len(t, body.Lines, 1)
	require.JSONEq(t, `{
		"messages": 12, "suppressed": 1, "sent": 9, "delivered": 7, "read": 0, "used": 6, "fallback": 3, "failed": 2,
		"fallback_share": 0.3333, "conversion": 0.6667, "median_seconds": 1.75, "p95_seconds": 1.975,
		"suppressed_by_reason": {"number_limit": 1}, "failed_by_reason": {"absent": 2}, "cost": 0.15, "unpriced": 0, "key": "BR"
	}`, string(body.Lines[0]))
	require.Equal(t, courier.TallyQuery{By: courier.ByCountry, From: hour.Add(-35 * time.Hour), Until: hour.Add(time.Hour), Countries: []string{"US"}}, asked)

	answer = ask("/reports?format=csv")
	require.Equal(t, "text/csv; charset=utf-8", answer.Header().Get("Content-Type"))
	rows, err := csv.NewReader(answer.Body).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"day", "2026-11-21", "total"}, []string{rows[0][0], rows[1][0], rows[2][0]})
	require.Equal(t, "2026-11-21,12,1,9,7,0,6,3,2,0.3333,0.6667,1.75,1.975,number_limit=1,absent=2,0.15,0", strings.Join(rows[1], ","))
	require.Equal(t, courier.ByDay, asked.By)
	require.Equal(t, usual+24*time.Hour, asked.Until.Sub(asked.From), "whole days")
	ask("/reports?by=hour")
	require.Equal(t, hourlyUsual+time.Hour, asked.Until.Sub(asked.From))

	for query, says := range map[string]string{
		"by=week":        "`by` must be one of day, hour, country, channel, purpose",
		"format=xml":     "`format` must be one of json, csv",
		"from=yesterday": "`from` must be an instant",
		"to=today":       "`to` must be an instant",
		"from=2026-11-21T12:00:00Z&to=2026-11-21T12:00:00Z":         "`from` must be before `to`",
		"by=hour&from=2026-11-01T12:00:00Z&to=2026-11-21T12:00:00Z": "three days by the hour",
		"from=2016-11-01T12:00:00Z&to=2026-11-21T12:00:00Z":         "three years",
		"country=BR": "unknown here",
	} {
		answer := ask("/reports?" + query)
		require.Equal(t, http.StatusBadRequest, answer.Code, query)
		require.Contains(t, answer.Body.String(), says, query)
	}

	api.Reader = reader{broken: errors.New("no disk")}
	api.Trouble = func(string, error) {}
	require.Equal(t, http.StatusInternalServerError, ask("/reports").Code)
}
