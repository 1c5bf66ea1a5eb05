package templates

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

// The bodies are those of Meta's page "Bulk management", with our names.
func TestWhatMetaIsAsked(t *testing.T) {
	t.Parallel()
	var asked, body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		query := r.URL.Query()
		query.Del("appsecret_proof")
		asked, body = r.Method+" "+r.URL.Path+"?"+query.Encode(), string(text)
		_, _ = w.Write([]byte(listAnswer))
	}))
	t.Cleanup(server.Close)
	a := Account{ID: "9", Client: graph.New(graph.Config{
		BaseURL: server.URL, APIVersion: "v25.0", AccessToken: "a-token", HTTP: exchange.New(exchange.Options{Timeout: 5 * time.Second}),
	})}

	require.NoError(t, a.Upsert(t.Context(), wanted(), []string{"de", "fr"}))
	require.Equal(t, "POST /v25.0/9/upsert_message_templates?", asked)
	require.JSONEq(t, `{"name":"login_code","languages":["de","fr"],"category":"AUTHENTICATION","message_send_ttl_seconds":30,"components":[
		{"type":"BODY","add_security_recommendation":true},{"type":"FOOTER","code_expiration_minutes":5},
		{"type":"BUTTONS","buttons":[{"type":"OTP","otp_type":"COPY_CODE"}]}]}`, body)

	w := wanted()
	oneTap(&w)
	w.Kind, w.SecurityRecommendation, w.ExpiryMinutes, w.TTLSeconds, w.ZeroTapTermsAccepted = ZeroTap, false, 0, -1, true
	require.NoError(t, a.Upsert(t.Context(), w, []string{"de"}))
	require.JSONEq(t, `{"name":"login_code","languages":["de"],"category":"AUTHENTICATION","message_send_ttl_seconds":-1,"components":[
		{"type":"BODY","add_security_recommendation":false},
		{"type":"BUTTONS","buttons":[{"type":"OTP","otp_type":"ZERO_TAP","zero_tap_terms_accepted":true,"supported_apps":[
			{"package_name":"com.example.app","signature_hash":"K8a/AINcGX7"},{"package_name":"com.example.two","signature_hash":"U4hoZi+kgMN"}]}]}]}`, body)

	require.NoError(t, a.Delete(t.Context(), "login_code", "61"))
	require.Equal(t, "DELETE /v25.0/9/message_templates?hsm_id=61&name=login_code", asked)

	p, err := Read(t.Context(), a, wanted())
	require.NoError(t, err)
	require.Equal(t, []string{"en_US"}, p.Languages(Keep))
	require.Equal(t, []string{"de"}, p.Languages(Create))
}

const listAnswer = `{"data":[{"id":"610000000000001","name":"login_code","language":"en_US","status":"APPROVED","category":"AUTHENTICATION","message_send_ttl_seconds":30,
	"rejected_reason":"NONE","components":[{"type":"BODY","text":"*{{1}}* is your verification code.","add_security_recommendation":true},
	{"type":"FOOTER","text":"This code expires in 5 minutes.","code_expiration_minutes":5},
	{"type":"BUTTONS","buttons":[{"type":"URL","text":"Copy code","url":"https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code_expiration_minutes=5&code=otp{{1}}"}]}]}],
	"paging":{"cursors":{"before":"MAZDZD","after":"MAZDZD"}}}`

// TestAgainstMetasOpenAPI is a second opinion. Meta's document does not have the upsert:
// its body is that of a create, but for several languages instead of one.
func TestAgainstMetasOpenAPI(t *testing.T) {
	t.Parallel()
	path := os.Getenv("META_OPENAPI_SPEC")
	if path == "" {
		t.Skip("META_OPENAPI_SPEC does not name a copy of business-messaging-api_v23.0.yaml of github.com/facebook/openapi")
	}
	document, err := openapi3.NewLoader().LoadFromFile(path)
	require.NoError(t, err)
	edge := document.Paths.Value("/{Version}/{WABA-ID}/message_templates")
	require.NotNil(t, edge)
	create := edge.Post.RequestBody.Value.Content.Get("application/json").Schema.Value
	answer := edge.Get.Responses.Status(http.StatusOK).Value.Content.Get("application/json").Schema.Value

	request := func(w Wanted) map[string]any {
		text, err := json.Marshal(newUpsert(w, w.Languages[:1]))
		require.NoError(t, err)
		var value map[string]any
		require.NoError(t, json.Unmarshal(text, &value))
		value["language"] = value["languages"].([]any)[0]
		delete(value, "languages")
		return value
	}
	tap := wanted()
	oneTap(&tap)
	for _, w := range []Wanted{wanted(), tap} {
		require.NoError(t, create.VisitJSON(request(w)))
	}
	wrong := request(wanted())
	wrong["components"] = "BODY"
	require.Error(t, create.VisitJSON(wrong), "the document looks at something")

	var list map[string]any
	require.NoError(t, json.Unmarshal([]byte(listAnswer), &list))
	require.NoError(t, answer.VisitJSON(list), "what we read is what Meta answers")
	var names []string
	for _, p := range edge.Delete.Parameters {
		names = append(names, p.Value.Name)
	}
	require.Subset(t, names, []string{"name", "hsm_id"})
}
