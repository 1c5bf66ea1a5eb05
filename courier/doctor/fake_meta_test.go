package doctor

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

// today is when the tests examine.
func today() time.Time { return time.Date(2026, time.November, 26, 12, 0, 0, 0, time.UTC) }

// fakeMeta is a Graph API in which all is well until a test changes an answer.
type fakeMeta struct {
	// answers are by path, without the version.
	answers map[string]any
	// refusals are statuses and bodies, by path; they go before the answers.
	refusals map[string]refused
	date     time.Time
	version  string
	// proofless takes a token without a proof of the app secret.
	proofless bool

	mu    sync.Mutex
	asked []string
}

type refused struct {
	status int
	body   string
}

type object = map[string]any

const wellTemplate = `{
  "name": "login_code", "language": "LANGUAGE", "status": "APPROVED", "category": "AUTHENTICATION", "message_send_ttl_seconds": 30,
  "components": [
    {"type": "BODY"}, {"type": "FOOTER", "code_expiration_minutes": 5},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"}]}
  ]
}`

func template(language string) object {
	var t object
	if err := json.Unmarshal([]byte(strings.Replace(wellTemplate, "LANGUAGE", language, 1)), &t); err != nil {
		panic(err)
	}
	return t
}

func newFakeMeta() *fakeMeta {
	return &fakeMeta{
		date: today(), version: "v25.0", refusals: map[string]refused{},
		answers: map[string]any{
			"debug_token": object{"data": object{
				"app_id": "8", "application": "Example", "type": "SYSTEM_USER", "is_valid": true, "expires_at": 0,
				"scopes":          []string{"whatsapp_business_management", "whatsapp_business_messaging"},
				"granular_scopes": []object{{"scope": "whatsapp_business_messaging", "target_ids": []string{"9"}}},
			}},
			"1": object{
				"id": "1", "verified_name": "Example Login", "status": "CONNECTED", "quality_rating": "GREEN", "account_mode": "LIVE",
				"whatsapp_business_manager_messaging_limit": "TIER_2K",
				"throughput": object{"level": "STANDARD"}, "health_status": object{"can_send_message": "AVAILABLE"},
				"webhook_configuration": object{"application": "https://otp.example.com/webhooks/meta"},
			},
			"9/phone_numbers":     object{"data": []object{{"id": "1"}}},
			"9/message_templates": object{"data": []object{template("en_US"), template("de")}},
			"9/subscribed_apps":   object{"data": []object{{"whatsapp_business_api_data": object{"id": "8"}}}},
			"8/subscriptions": object{"data": []object{
				{"object": "user", "active": true},
				{"object": "whatsapp_business_account", "active": true, "fields": fields("messages", "account_update", "message_template_status_update", "security")},
			}},
		},
	}
}

// fields are those that a webhook gets.
func fields(names ...string) []object {
	var all []object
	for _, name := range names {
		all = append(all, object{"name": name, "version": "v25.0"})
	}
	return all
}

// setInWebhook changes what the app's dashboard says of its webhook.
func (f *fakeMeta) setInWebhook(field string, value any) {
	answer, _ := f.answers["8/subscriptions"].(object)
	list, _ := answer["data"].([]object)
	list[1][field] = value
}

// set changes a field of an answer.
func (f *fakeMeta) set(path, field string, value any) {
	answer, _ := f.answers[path].(object)
	if data, nested := answer["data"].(object); nested {
		answer = data
	}
	answer[field] = value
}

// setInTemplates changes a field of all templates.
func (f *fakeMeta) setInTemplates(field string, value any) {
	answer, _ := f.answers["9/message_templates"].(object)
	list, _ := answer["data"].([]object)
	for _, t := range list {
		t[field] = value
	}
}

func (f *fakeMeta) refuse(path string, status int, body string) {
	f.refusals[path] = refused{status, body}
}

func (f *fakeMeta) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/v25.0/")
	f.mu.Lock()
	f.asked = append(f.asked, r.Method+" "+path)
	f.mu.Unlock()
	w.Header().Set("Date", f.date.Format(http.TimeFormat))
	w.Header().Set("Facebook-Api-Version", f.version)
	if refused, ok := f.refusals[path]; ok {
		w.WriteHeader(refused.status)
		_, _ = w.Write([]byte(refused.body))
		return
	}
	token := "a-token"
	if path == "8/subscriptions" {
		token = "8|an-app-secret"
	}
	if r.URL.Query().Get("appsecret_proof") == "" {
		if f.proofless {
			_ = json.NewEncoder(w).Encode(f.answers[path])
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(noProof))
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+token || f.answers[path] == nil {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	_ = json.NewEncoder(w).Encode(f.answers[path])
}

// well is a configuration that fits newFakeMeta.
func well(t *testing.T, f *fakeMeta) *Meta {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return &Meta{
		BaseURL: server.URL, APIVersion: "v25.0", AccountID: "9", AccessToken: "a-token", AppSecret: "an-app-secret",
		Numbers:  []Number{{Section: "whatsapp", ID: "1", Rate: 80}},
		Template: Template{Name: "login_code", Languages: []string{"en_US", "de"}, CodeLifespan: 5 * time.Minute, FallbackAfter: 30 * time.Second},
		Callback: "https://otp.example.com/webhooks/meta",
		Client:   exchange.New(exchange.Options{Timeout: 5 * time.Second}),
	}
}

func examined(t *testing.T, m *Meta) Report {
	t.Helper()
	var r Report
	m.examine(t.Context(), &r, today)
	for _, f := range r.Findings {
		require.NotContains(t, f.What+f.Do, "a-token")
		require.NotContains(t, f.What+f.Do, "an-app-secret")
		require.NotContains(t, f.What, "%")
		require.NotEmpty(t, f.Do)
	}
	return r
}
