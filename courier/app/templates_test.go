package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// templateKeeper is a Graph API that keeps templates and reviews them at once.
type templateKeeper struct {
	mu     sync.Mutex
	have   []map[string]any
	status string
	// asked are the requests that are no reads.
	asked []string
}

func (k *templateKeeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.Method != http.MethodGet {
		k.asked = append(k.asked, r.Method+" "+r.URL.Path)
	}
	var answer any = map[string]any{"success": true}
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v25.0") {
	case "GET /debug_token":
		answer = map[string]any{"data": map[string]any{"granular_scopes": []any{map[string]any{"scope": "whatsapp_business_messaging", "target_ids": []string{"9"}}}}}
	case "GET /9/message_templates":
		answer = map[string]any{"data": k.have}
	case "POST /9/upsert_message_templates":
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		languages, _ := body["languages"].([]any)
		for _, l := range languages {
			k.have = slices.DeleteFunc(k.have, func(t map[string]any) bool { return t["language"] == l })
			k.have = append(k.have, map[string]any{
				"id": fmt.Sprint("61", l), "name": body["name"], "language": l, "status": k.status, "category": "AUTHENTICATION",
				"message_send_ttl_seconds": body["message_send_ttl_seconds"], "components": body["components"],
			})
		}
	case "DELETE /9/message_templates":
		id := r.URL.Query().Get("hsm_id")
		k.have = slices.DeleteFunc(k.have, func(t map[string]any) bool { return t["id"] == id && t["name"] == r.URL.Query().Get("name") })
	default:
		w.WriteHeader(http.StatusTeapot)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func TestTemplatesCommands(t *testing.T) {
	t.Parallel()
	keeper := &templateKeeper{status: "APPROVED"}
	server := httptest.NewServer(keeper)
	t.Cleanup(server.Close)
	config := func(change string) string {
		return write(t, strings.Replace(minimal, "access_token:", "base_url: \""+server.URL+"\", template: {languages: [en_US, de]"+change+"}, access_token:", 1))
	}
	call := func(status int, args ...string) (out, said string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		got := Main(t.Context(), "v1", append([]string{"templates"}, args...), &stdout, &stderr)
		require.Equal(t, status, got, "%v: %s%s", args, &stdout, &stderr)
		require.NotContains(t, stdout.String()+stderr.String(), "a-token")
		return stdout.String(), stderr.String()
	}
	plain := config("")

	out, _ := call(0, "list", "-c", plain)
	require.Contains(t, out, "login_code  en_US     -       -     -         -       -    missing")
	out, said := call(3, "plan", "-c", plain)
	require.Contains(t, out, "+ en_US                       is made\n")
	require.Contains(t, out, "    message_send_ttl_seconds  300\n", "nothing falls back, so it is the code's life")
	require.Contains(t, said, "languages: 2 to create")
	require.Empty(t, keeper.asked)

	out, said = call(0, "apply", "-c", plain)
	require.Contains(t, out, "changed: en_US, de")
	require.Contains(t, out, "login_code  de        APPROVED  copy_code  true      5       300  -")
	require.Contains(t, said, "0s  en_US APPROVED, de APPROVED")
	call(0, "plan", "-c", plain)
	out, _ = call(0, "apply", "-c", plain, "--format", "json")
	require.Contains(t, out, `"account": "9"`)
	require.Equal(t, []string{"POST /v25.0/9/upsert_message_templates"}, keeper.asked, "the second one had nothing to do")

	longer := config(", expiry_minutes: 7, message_send_ttl_seconds: 60")
	out, _ = call(3, "plan", "-c", longer)
	require.Contains(t, out, "~ de                          APPROVED, is changed\n    expiry_minutes            5 -> 7\n    message_send_ttl_seconds  300 -> 60\n")
	out, _ = call(0, "list", "-c", longer)
	require.Contains(t, out, "expiry_minutes, message_send_ttl_seconds\n")
	tap := config(`, kind: one_tap, apps: [{package_name: com.example.app, signature_hash: "K8a/AINcGX7"}]`)
	call(0, "apply", "-c", tap)
	out, _ = call(0, "plan", "-c", tap, "--format", "json")
	var plan struct {
		Name      string
		Languages []struct {
			Language, Action, ID, Status string
			Have                         struct {
				Kind string
				Apps []struct {
					Name string `json:"package_name"`
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &plan))
	require.Equal(t, "com.example.app", plan.Languages[0].Have.Apps[0].Name)
	require.Equal(t, "keep", plan.Languages[0].Action)

	keeper.status = "REJECTED"
	_, said = call(2, "apply", "-c", plain)
	require.Contains(t, said, "does not deliver the template in en_US, de")
	_, said = call(2, "plan", "-c", plain)
	require.Contains(t, said, "2 blocked")
	keeper.status = "PENDING"
	_, said = call(4, "apply", "-c", tap, "--wait", "0s")
	require.Contains(t, said, "has not ended after 0s")

	one := write(t, strings.Replace(minimal, "access_token:", "base_url: \""+server.URL+"\", template: {languages: [en_US]}, access_token:", 1))
	keeper.asked = nil
	out, _ = call(3, "delete", "-c", one)
	require.Contains(t, out, "en_US")
	require.NotContains(t, out, "login_code  de", "the configuration does not name it")
	require.Empty(t, keeper.asked)
	call(0, "delete", "-c", one, "--yes")
	call(0, "delete", "-c", one, "--yes") // there is nothing left
	require.Equal(t, []string{"DELETE /v25.0/9/message_templates"}, keeper.asked)
	_, said = call(1, "delete", "-c", one, "--language", "fr")
	require.Contains(t, said, `no template "login_code" in fr`)
	call(0, "delete", "-c", one, "--language", "de", "--yes")
	require.Empty(t, keeper.have)

	for says, args := range map[string][]string{
		"must be table or json":              {"plan", "-c", plain, "--format", "xml"},
		"needs no template":                  {"plan", "-c", write(t, smsOnly)},
		"whatsapp.template.default_language": {"plan", "-c", config(", default_language: it")},
		"--every must be longer than 0s":     {"apply", "-c", plain, "--every", "0s"},
		"Meta could not be asked about":      {"list", "-c", write(t, strings.Replace(minimal, "access_token:", "base_url: \"http://127.0.0.1:1\", access_token:", 1))},
		"what answers is not Meta's API":     {"list", "-c", write(t, strings.Replace(minimal, "access_token:", "base_url: \""+server.URL+"\", business_account_id: \"8\", access_token:", 1))},
	} {
		_, said := call(1, args...)
		require.Contains(t, said, says)
	}
}

func TestTheTemplateFollowsTheRestOfTheConfiguration(t *testing.T) {
	t.Parallel()
	const both = "\nsms: {provider: console}\n"
	for name, c := range map[string]struct {
		settings    string
		expiry, ttl int
	}{
		"defaults":               {"fallback: {mode: whatsapp_or_sms}" + both, 5, 30},
		"later fallback":         {"fallback: {after: 45s, overall: 90s, mode: whatsapp_or_sms}" + both, 5, 45},
		"early fallback":         {"fallback: {after: 10s, mode: whatsapp_or_sms}" + both, 5, 30},
		"no fallback":            {"fallback: {mode: whatsapp_only}", 5, 300},
		"a long life":            {"kratos: {api_keys: [a-key-for-kratos-only], code_lifespan: 1h30m}", 90, 900},
		"a very long life":       {"kratos: {api_keys: [a-key-for-kratos-only], code_lifespan: 2h}", 0, 900},
		"a short life":           {"kratos: {api_keys: [a-key-for-kratos-only], code_lifespan: 50s}", 0, 50},
		"settings of its own":    {"whatsapp: {template: {expiry_minutes: 3, message_send_ttl_seconds: 77}}", 3, 77},
		"neither line nor limit": {"whatsapp: {template: {expiry_minutes: -1, message_send_ttl_seconds: -1}}", 0, -1},
	} {
		config, err := load(t, write(t, minimal), write(t, c.settings))
		require.NoError(t, err, name)
		w := config.wantedTemplate()
		require.Equal(t, c.expiry, w.ExpiryMinutes, name)
		require.Equal(t, c.ttl, w.TTLSeconds, name)
	}
}

func TestFaultsOfTheTemplate(t *testing.T) {
	t.Parallel()
	const app = `{package_name: com.example.app, signature_hash: "K8a/AINcGX7"}`
	for settings, path := range map[string]string{
		`kind: one_tap`:                                              "whatsapp.template.apps:",
		`kind: zero_tap, apps: [` + app + `]`:                        "whatsapp.template.zero_tap_terms_accepted:",
		`apps: [` + app + `]`:                                        "whatsapp.template.apps:",
		`kind: three_tap`:                                            "whatsapp.template.kind:",
		`kind: one_tap, apps: [{package_name: com.a.b}]`:             "whatsapp.template.apps.0.signature_hash:",
		`kind: one_tap, apps: [` + strings.Repeat(app+", ", 6) + `]`: "whatsapp.template.apps:",
		`expiry_minutes: 91`:                                         "whatsapp.template.expiry_minutes:",
		`message_send_ttl_seconds: 29`:                               "whatsapp.template.message_send_ttl_seconds:",
		`message_send_ttl_seconds: 901`:                              "whatsapp.template.message_send_ttl_seconds:",
	} {
		_, err := load(t, write(t, minimal), write(t, "whatsapp: {template: {"+settings+"}}"))
		require.ErrorContains(t, err, path, settings)
	}
	_, err := load(t, write(t, minimal), write(t, "whatsapp: {template: {kind: zero_tap, zero_tap_terms_accepted: true, apps: ["+app+"]}}"))
	require.NoError(t, err)
}
