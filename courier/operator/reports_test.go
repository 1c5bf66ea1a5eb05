package operator

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const sampleReport = `{"by":"country","from":"2026-11-20T00:00:00Z","to":"2026-11-27T00:00:00Z","currency":"EUR","lines":[` +
	`{"key":"BR","messages":12,"suppressed":1,"sent":9,"delivered":7,"read":6,"fallback_share":0.3333,"conversion":0.6667,"failed":3,` +
	`"failed_by_reason":{"absent":1,"code_expired":2},"median_seconds":1.75,"p95_seconds":null,"cost":0.1512,"unpriced":2},{"key":"","messages":1}],` +
	`"total":{"messages":13}}`

func TestReportsAreShown(t *testing.T) {
	a := serve(t, http.StatusOK, sampleReport)
	out, err := call(t, a.URL, "", "reports", "--by", "country", "--from", "2026-11-20T01:00:00+01:00", "--to", "2026-11-27T00:00:00Z")
	require.NoError(t, err)
	require.Equal(t, []string{"GET /admin/reports?by=country&from=2026-11-20T00%3A00%3A00Z&to=2026-11-27T00%3A00%3A00Z"}, a.asked)
	lines := strings.Split(out, "\n")
	for i, want := range []string{
		"COUNTRY MESSAGES SUPPRESSED SENT DELIVERED READ FALLBACK USED FAILED MEDIAN P95 COST EUR WHY FAILED",
		"BR 12 1 9 7 6 33.3 % 66.7 % 3 1.8 s - 0.15 + 2 unpriced code_expired 2, absent 1",
		"- 1 0 0 0 0 0.0 % 0.0 % 0 - - 0.00 -", "total 13 0 0 0 0 0.0 % 0.0 % 0 - - 0.00 -",
	} {
		require.Equal(t, want, strings.Join(strings.Fields(lines[i]), " "))
	}
	out, err = call(t, a.URL, "", "reports", "--format", "json")
	require.NoError(t, err)
	require.JSONEq(t, sampleReport, out)
	require.Equal(t, "GET /admin/reports?by=day", a.asked[1])
	out, err = call(t, a.URL, "", "reports", "--format", "yaml")
	require.NoError(t, err)
	require.Contains(t, out, "by: country\n")
}

func TestReportsAsCSV(t *testing.T) {
	a := serve(t, http.StatusOK, "day,messages\ntotal,0\n")
	out, err := call(t, a.URL, "", "reports", "--csv")
	require.NoError(t, err)
	require.Equal(t, "day,messages\ntotal,0\n", out)
	require.Equal(t, []string{"GET /admin/reports?by=day&format=csv"}, a.asked)
}

func TestReportsThatCannotBe(t *testing.T) {
	a := serve(t, http.StatusBadRequest, `{"error":{"reason":"by must be one of day, hour"}}`)
	_, err := call(t, a.URL, "", "reports", "--by", "week")
	require.ErrorContains(t, err, "by must be one of day, hour")
	_, err = call(t, a.URL, "", "reports", "--from", "yesterday")
	require.ErrorContains(t, err, "--from: must be an instant")
	_, err = call(t, a.URL, "", "reports", "country")
	require.ErrorContains(t, err, `unknown command "country"`)
	other := serve(t, http.StatusOK, "{}")
	_, err = call(t, other.URL, "", "reports")
	require.ErrorContains(t, err, "no operator API of this version")
}
