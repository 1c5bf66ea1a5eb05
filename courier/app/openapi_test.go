package app

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
)

// operatorsWalk goes through the operator API of a running courier and holds every
// answer against the description that this courier serves.
type operatorsWalk struct {
	private string
	router  routers.Router
	// open are the answers that are described and were not seen: "POST /admin/forget 409".
	open map[string]bool
}

const readOnlyKey = "a-key-that-may-only-read"

func walkOperators(t *testing.T, private string) *operatorsWalk {
	t.Helper()
	answer, text := ask(t, http.MethodGet, private+"/admin/openapi.yaml", nil, "X-API-Key", readOnlyKey)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	require.NoError(t, err)
	w := &operatorsWalk{private: private, open: map[string]bool{}}
	w.router, err = gorillamux.NewRouter(doc)
	require.NoError(t, err)
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				w.open[fmt.Sprint(method, " ", path, " ", status)] = true
			}
		}
	}
	return w
}

// step makes one request, whose answer must be as described, and returns its body.
func (w *operatorsWalk) step(t *testing.T, key string, status int, method, path, body string) string {
	t.Helper()
	answer, text := ask(t, method, w.private+path, strings.NewReader(body), "X-API-Key", key, "Content-Type", "application/json")
	require.Equal(t, status, answer.StatusCode, "%s %s %s", method, path, text)
	request := answer.Request
	request.Body = io.NopCloser(strings.NewReader(body))
	route, parameters, err := w.router.FindRoute(request)
	require.NoError(t, err, path)
	input := &openapi3filter.RequestValidationInput{
		Request: request, Route: route, PathParams: parameters,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if status < http.StatusBadRequest {
		require.NoError(t, openapi3filter.ValidateRequest(t.Context(), input), "%s %s", method, path)
	}
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.StatusCode, Header: answer.Header, Body: io.NopCloser(bytes.NewReader([]byte(text))),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}), "%s %s answered %d %s", method, path, status, text)
	delete(w.open, fmt.Sprint(method, " ", route.Path, " ", status))
	return text
}

func TestEveryAnswerToOperatorsIsAsDescribed(t *testing.T) {
	t.Parallel()
	const number, none = `{"phone":"+12025550143"}`, "01a1fbef-db4c-7962-b793-22d67237c625"
	c := config(t)
	c.SMS.Provider = "console"
	c.Admin.APIKeys = append(c.Admin.APIKeys, AdminKey{Name: "ben", Role: roleRead, Key: readOnlyKey})
	c.Limits.Prefixes = []PrefixLimit{{Prefix: "+1202", Max: 9, Window: c.Limits.PerNumber.Window}}
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	w := walkOperators(t, private)
	post := func(code string) string {
		answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(strings.ReplaceAll(login, "135790", code)), "X-API-Key", kratosKey)
		require.Equal(t, http.StatusNoContent, answer.StatusCode)
		return answer.Header.Get("X-Delivery-Id")
	}
	cancelled, resent := "/admin/deliveries/"+post("135790"), "/admin/deliveries/"+post("135791")
	post("135792")
	post("135793") // one too many
	const sms = `{"channel":"sms"}`

	require.Contains(t, w.step(t, adminKey, 200, http.MethodPost, cancelled+"/cancel", ""), `"state":"cancelled"`)
	w.step(t, adminKey, 409, http.MethodPost, cancelled+"/cancel", "")
	require.Contains(t, w.step(t, adminKey, 200, http.MethodPost, resent+"/resend", sms), `"no_whatsapp":"operator"`)
	require.Regexp(t, `"why":"(sms_under_way|ended)"`, w.step(t, adminKey, 409, http.MethodPost, resent+"/resend", sms))
	for _, path := range []string{"", "/cancel", "/resend"} {
		method := http.MethodPost
		if path == "" {
			method = http.MethodGet
		}
		w.step(t, adminKey, 404, method, "/admin/deliveries/"+none+path, sms)
	}
	w.step(t, readOnlyKey, 200, http.MethodGet, resent, "")
	w.step(t, readOnlyKey, 200, http.MethodGet, "/admin/deliveries", "")
	w.step(t, readOnlyKey, 200, http.MethodGet, "/admin/deliveries?state=sent,suppressed&purpose=login&country=US&channel=whatsapp&code=131026&from=2026-11-21T12:00:00Z&to=2046-11-21T12:00:00Z&limit=500&cursor="+none, "")
	require.Contains(t, w.step(t, readOnlyKey, 200, http.MethodPost, "/admin/deliveries/search?limit=1", number), `"next":"0`)
	w.step(t, readOnlyKey, 200, http.MethodGet, "/admin/status", "")
	w.step(t, readOnlyKey, 200, http.MethodGet, "/admin/configuration", "")
	w.step(t, readOnlyKey, 200, http.MethodGet, "/admin/limits", "")
	// What was just done is in the report once it has left, but for an SMS that may be on its way.
	require.Eventually(t, func() bool {
		_, text := ask(t, http.MethodGet, private+"/admin/reports", nil, "X-API-Key", readOnlyKey)
		return regexp.MustCompile(`"total":{"messages":3,"suppressed":1,"sent":[123],"delivered":0,"read":0,"used":0,`).MatchString(text)
	}, 30*time.Second, 10*time.Millisecond)
	w.step(t, readOnlyKey, 200, http.MethodGet, "/admin/reports", "")
	for _, by := range []string{"hour", "day", "country", "channel", "purpose"} {
		w.step(t, readOnlyKey, 200, http.MethodGet, "/admin/reports?by="+by, "")
		w.step(t, readOnlyKey, 200, http.MethodGet, "/admin/reports?format=csv&from=2026-11-21T12:00:00Z&to=2026-11-22T12:00:00Z&by="+by, "")
	}
	w.step(t, readOnlyKey, 200, http.MethodGet, "/admin/openapi.yaml", "")
	// What ended before it left does not count.
	require.Regexp(t, `"name":"number","window_seconds":600,"max":3,"used":[123],`, w.step(t, readOnlyKey, 200, http.MethodPost, "/admin/limits/search", number))
	w.step(t, adminKey, 204, http.MethodPost, "/admin/limits/reset", number)
	require.Contains(t, w.step(t, readOnlyKey, 200, http.MethodPost, "/admin/limits/search", number), `"name":"number","window_seconds":600,"max":3,"used":0,"left":3`)
	w.step(t, adminKey, 204, http.MethodPut, "/admin/denied-numbers", number)
	w.step(t, adminKey, 204, http.MethodDelete, "/admin/denied-numbers", number)
	require.JSONEq(t, `{"deliveries":4}`, w.step(t, adminKey, 200, http.MethodPost, "/admin/forget", number))
	require.JSONEq(t, `{"deliveries":[],"next":""}`, w.step(t, readOnlyKey, 200, http.MethodPost, "/admin/deliveries/search", number))

	// What all refuse, each refuses as described.
	for _, open := range openOnes(w.open) {
		parts := strings.Fields(open)
		path := strings.ReplaceAll(parts[1], "{id}", none)
		switch parts[2] {
		case "400":
			w.step(t, adminKey, 400, parts[0], path+"?no-such-filter=1", "")
		case "401":
			w.step(t, "a-key-that-nobody-has", 401, parts[0], path, "")
		case "403":
			w.step(t, readOnlyKey, 403, parts[0], path, "")
		case "500":
			delete(w.open, open) // a broken store: the tests of admin have that
		}
	}
	require.Equal(t, []string{"POST /admin/forget 409"}, openOnes(w.open), "but for what cannot be decrypted, which the tests of admin have")
}

func openOnes(open map[string]bool) []string {
	var all []string
	for one := range open {
		all = append(all, one)
	}
	slices.Sort(all)
	return all
}
