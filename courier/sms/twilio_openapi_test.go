package sms

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
)

// twilioSpec finds a cut of Twilio's OpenAPI document (github.com/twilio/twilio-oai,
// spec/json/twilio_api_v2010.json) with the Messages resource.
func twilioSpec(t *testing.T) *openapi3.T {
	t.Helper()
	path := os.Getenv("TWILIO_OPENAPI_SPEC")
	if path == "" {
		path = filepath.Join("..", "..", "..", "shared", "specs", "twilio-messages-v2010.json")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Skip("TWILIO_OPENAPI_SPEC does not name a copy of twilio_api_v2010.json of github.com/twilio/twilio-oai")
	}
	document, err := openapi3.NewLoader().LoadFromData(raw)
	require.NoError(t, err)
	return document
}

// TestRequestAgainstTwiliosOpenAPI is a second opinion on the request.
func TestRequestAgainstTwiliosOpenAPI(t *testing.T) {
	t.Parallel()
	document := twilioSpec(t)
	form := document.Paths.Value("/2010-04-01/Accounts/{AccountSid}/Messages.json").Post.
		RequestBody.Value.Content.Get("application/x-www-form-urlencoded").Schema.Value
	received := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		copied := r.Clone(context.Background())
		copied.Body = io.NopCloser(bytes.NewReader(body))
		copied.PostForm, _ = url.ParseQuery(string(body))
		received <- copied
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"sid":"SM00000000000000000000000000000001"}`)
	}))
	defer server.Close()

	// The document describes the real host; its paths are what counts here.
	document.Servers = nil
	for _, item := range document.Paths.Map() {
		item.Servers = nil
	}
	router, err := gorillamux.NewRouter(document)
	require.NoError(t, err)
	for name, change := range map[string]func(*TwilioConfig){
		"from":              func(*TwilioConfig) {},
		"messaging service": func(c *TwilioConfig) { c.From = "MG00000000000000000000000000000000" },
		"callbacks":         func(c *TwilioConfig) { c.CallbackURL = "https://otp.example.com/webhooks/sms/twilio" },
	} {
		cfg := config(t, server.URL)
		change(&cfg)
		_, err := twilio(t, cfg).Send(t.Context(), outgoing(t, "481920", 5*time.Minute))
		require.NoError(t, err, name)
		got := <-received
		route, parameters, err := router.FindRoute(got)
		require.NoError(t, err, name)
		require.NoError(t, openapi3filter.ValidateRequest(t.Context(), &openapi3filter.RequestValidationInput{
			Request: got, Route: route, PathParams: parameters,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
		}), name)
		// The validator passes over fields that the document does not have.
		for field := range got.PostForm {
			require.Contains(t, form.Properties, field, name)
		}
	}
}
