package mockmeta_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
)

// description is the control API's description of itself.
func description(t *testing.T, s *mockmeta.Server) *openapi3.T {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.ControlURL+"/control/openapi.yaml", nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	require.NoError(t, err)
	return doc
}

// takeSMS lets the mock take an SMS, and returns its id.
func takeSMS(t *testing.T, s *mockmeta.Server) string {
	t.Helper()
	body := strings.NewReader(`{"to":"+12025550143","text":"Your code is 481920"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/sms", body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	var answer struct {
		ID string `json:"id"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
	require.NoError(t, res.Body.Close())
	return answer.ID
}

// A tour of the control API: every request and every answer fits the
// description.
func TestAnswersFitTheDescription(t *testing.T) {
	t.Parallel()
	s := mockmeta.New(mockmeta.Options{Calm: true})
	t.Cleanup(s.Close)
	doc := description(t, s)
	doc.Servers = openapi3.Servers{{URL: s.ControlURL}}
	router, err := gorillamux.NewRouter(doc)
	require.NoError(t, err)
	openapi3filter.RegisterBodyDecoder("application/yaml", func(r io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		raw, err := io.ReadAll(r)
		return string(raw), err
	})

	call := func(method, path, body string, want int) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, s.ControlURL+path, strings.NewReader(body))
		require.NoError(t, err)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		route, params, err := router.FindRoute(req)
		require.NoError(t, err, path)
		in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route}
		if want < 400 {
			require.NoError(t, openapi3filter.ValidateRequest(t.Context(), in), path)
		}
		req.Body = io.NopCloser(strings.NewReader(body))
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		raw, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, want, res.StatusCode, "%s %s: %s", method, path, raw)
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(raw))}
		require.NoError(t, openapi3filter.ValidateResponse(t.Context(), out), "%s %s: %s", method, path, raw)
	}

	id := takeSMS(t, s)
	call("GET", "/control/health", "", 200)
	call("GET", "/control/messages?to=12025550143&channel=sms", "", 200)
	call("GET", "/control/journal", "", 200)
	call("GET", "/control/wait/messages?count=1&timeout=5s", "", 200)
	call("GET", "/control/wait/messages?count=9&timeout=1ms", "", 408)
	call("GET", "/control/wait/messages?count=none", "", 400)
	call("GET", "/control/wait/messages?timeout=soon", "", 400)
	call("GET", "/control/wait/status?id="+id+"&status=read&timeout=1ms", "", 408)
	call("GET", "/control/wait/status?id=unknown&status=read&timeout=1ms", "", 408)
	call("GET", "/control/wait/status", "", 400)
	call("PUT", "/control/handsets", `{"number":"+447700900123","off_for":"10s","wa_id":"447700900123"}`, 204)
	call("PUT", "/control/handsets", `{"number":"+447700900123","colour":"green"}`, 400)
	call("GET", "/control/handsets", "", 200)
	call("POST", "/control/faults", `{"kind":"delay","delay":"2s","on":"sent"}`, 204)
	call("POST", "/control/faults", `{"kind":"delay","delay":"soon"}`, 400)
	call("GET", "/control/faults", "", 200)
	call("PUT", "/control/chaos", `{"seed":7,"faults":[{"kind":"duplicate","rate":0.5}]}`, 200)
	call("PUT", "/control/chaos", `{"faults":[{"kind":"x"}]}`, 400)
	call("GET", "/control/chaos", "", 200)
	call("POST", "/control/clock", `{"advance":"1m"}`, 200)
	call("POST", "/control/clock", `{"advance":"0s"}`, 400)
	call("GET", "/control/clock", "", 200)
	call("POST", "/control/token", `{"life":"24h"}`, 204)
	call("POST", "/control/token", `{"life":1}`, 400)
	call("POST", "/control/token", `{"life":"-1s"}`, 400)
	call("GET", "/control/templates", "", 200)
	call("GET", "/control/codes", "", 200)
	call("POST", "/control/webhooks", `{"kind":"account_alert"}`, 204)
	call("POST", "/control/webhooks", `{"kind":"surprise"}`, 400)
	call("GET", "/control/subscription", "", 200)
	call("PUT", "/control/subscription", `{"callback_url":"http://127.0.0.1:1/"}`, 422)
	call("PUT", "/control/subscription", `[]`, 400)
	call("GET", "/control/openapi.yaml", "", 200)
	call("POST", "/control/reset", "", 204)
}

func TestOtherSitesCannotUseTheControlAPI(t *testing.T) {
	t.Parallel()
	s := mockmeta.New(mockmeta.Options{Calm: true})
	t.Cleanup(s.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.ControlURL+"/control/reset", nil)
	require.NoError(t, err)
	req.Header.Set("Origin", "https://example.test")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusForbidden, res.StatusCode)
}
