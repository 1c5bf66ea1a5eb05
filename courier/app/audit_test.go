package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// audited are the log's lines about changes of operators.
func audited(t *testing.T, log string) (lines []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log) {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) == nil && fields["audience"] == "audit" {
			lines = append(lines, fields)
		}
	}
	return lines
}

func TestChangesOfOperatorsAreInTheLog(t *testing.T) {
	t.Parallel()
	const annasKey, bensKey = "the-key-of-anna-1", "the-key-of-ben-22"
	c := config(t)
	c.Log.Format = "json"
	c.Admin.APIKeys = append(c.Admin.APIKeys, AdminKey{Name: "anna", Role: "full", Key: annasKey}, AdminKey{Name: "ben", Role: "read", Key: bensKey})
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
	id := answer.Header.Get("X-Delivery-Id")
	const number = `{"phone":"+12025550143"}`
	for _, step := range []struct {
		key, method, path, body string
		status                  int
	}{
		{bensKey, http.MethodPost, "/admin/deliveries/" + id + "/cancel", "", http.StatusForbidden},
		{bensKey, http.MethodGet, "/admin/deliveries/" + id, "", http.StatusOK},
		{annasKey, http.MethodPost, "/admin/deliveries/" + id + "/cancel", "", http.StatusOK},
		{adminKey, http.MethodPost, "/admin/deliveries/" + id + "/cancel", "", http.StatusConflict},
		{annasKey, http.MethodPut, "/admin/denied-numbers", number, http.StatusNoContent},
		{annasKey, http.MethodPost, "/admin/limits/reset", number, http.StatusNoContent},
		{annasKey, http.MethodPost, "/admin/forget", number, http.StatusOK},
	} {
		answer, text := ask(t, step.method, private+step.path, strings.NewReader(step.body), "X-API-Key", step.key)
		require.Equal(t, step.status, answer.StatusCode, step.path+text)
	}
	_, text := ask(t, http.MethodGet, private+"/admin/deliveries/"+id, nil, "X-API-Key", bensKey)
	require.NotContains(t, text, `"to"`, "its number is forgotten")
	_, text = ask(t, http.MethodPost, private+"/admin/limits/search", strings.NewReader(number), "X-API-Key", bensKey)
	require.Contains(t, text, `"denied":true`, "that is not forgotten")

	var seen []string
	for _, line := range audited(t, r.log.String()) {
		require.Equal(t, "127.0.0.1", line["remote"])
		of := line["to"]
		if of == nil {
			of = line["delivery"]
		}
		seen = append(seen, fmt.Sprint(line["key"], " ", line["action"], " ", of, " ", line["outcome"]))
	}
	require.Equal(t, []string{
		"anna cancel_delivery " + id + " done",
		"admin.api_keys.0 cancel_delivery " + id + " refused: ended",
		"anna deny_number +1********43 done",
		"anna reset_limits +1********43 done",
		"anna forget_number +1********43 done",
	}, seen)
	require.NotContains(t, r.log.String(), "2025550143")
}
