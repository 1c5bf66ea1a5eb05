package mockmeta_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

const templatesEdge = "/v25.0/" + mockmeta.WABAID + "/message_templates"

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return raw
}

func created(t *testing.T, b *bench, name string) string {
	t.Helper()
	a := b.graph(http.MethodPost, templatesEdge, fixture(t, "templates/create-"+name+"-request.json"))
	require.Equal(t, 200, a.status, "%s", a.raw)
	require.Equal(t, "PENDING", a.body["status"])
	require.Equal(t, "AUTHENTICATION", a.body["category"])
	return a.body["id"].(string)
}

// All three buttons can be created from the documents' requests, are reviewed,
// and the documents' sends go through.
func TestTemplatesOfTheDocuments(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, name := range []string{"copy-code", "one-tap", "zero-tap"} {
		created(t, b, name)
		send := fixture(t, "send/request-"+name+".json")
		require.Equal(t, 132001, b.send(send).code(), "%s is pending", name)
		b.advance(2 * time.Second)
		require.Equal(t, 200, b.send(send).status, name)
	}
	a := b.graph(http.MethodPost, "/v25.0/"+mockmeta.WABAID+"/upsert_message_templates", fixture(t, "templates/upsert-request.json"))
	require.Equal(t, 200, a.status, "%s", a.raw)
	require.Len(t, a.body["data"], 3)
	statuses := []any{}
	for _, item := range a.body["data"].([]any) {
		statuses = append(statuses, item.(map[string]any)["status"])
	}
	require.Equal(t, []any{"APPROVED", "PENDING", "PENDING"}, statuses)
}

func TestAStoredTemplateLooksAsInTheDocuments(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := created(t, b, "copy-code")
	b.advance(2 * time.Second)
	a := b.graph(http.MethodGet, templatesEdge+"?name=kratos_login_copy_code", nil)
	got := a.body["data"].([]any)[0].(map[string]any)
	want := decode(t, fixture(t, "templates/200-list-response.json"))["data"].([]any)[0].(map[string]any)
	want["id"] = id
	require.Equal(t, want, got)
	one := b.graph(http.MethodGet, "/v25.0/"+id, nil)
	require.Equal(t, want, one.body)
	some := b.graph(http.MethodGet, "/v25.0/"+id+"?fields=name,status,quality_score", nil)
	require.Equal(t, map[string]any{"id": id, "name": "kratos_login_copy_code", "status": "APPROVED", "quality_score": map[string]any{"score": "UNKNOWN"}}, some.body)
	require.Equal(t, 100, b.graph(http.MethodGet, "/v25.0/"+id+"?fields=colour", nil).code())
}

func TestTemplatesAreListedInPages(t *testing.T) {
	t.Parallel()
	b := start(t)
	var seen []string
	next := b.URL + templatesEdge + "?limit=3&fields=name,language"
	for pages := 0; next != ""; pages++ {
		require.Less(t, pages, 5)
		a := b.graph(http.MethodGet, strings.TrimPrefix(next, b.URL), nil)
		require.Equal(t, 200, a.status, "%s", a.raw)
		for _, item := range a.body["data"].([]any) {
			seen = append(seen, item.(map[string]any)["language"].(string))
		}
		next, _ = a.body["paging"].(map[string]any)["next"].(string)
	}
	require.Equal(t, []string{"en_US", "pt_BR", "es", "de", "fr", "hi", "ar", "en_US"}, seen)

	count := func(query string) int {
		a := b.graph(http.MethodGet, templatesEdge+"?"+query, nil)
		require.Equal(t, 200, a.status, "%s: %s", query, a.raw)
		return len(a.body["data"].([]any))
	}
	require.Equal(t, 1, count("language=pt_BR"))
	require.Equal(t, 3, count("language="+url.QueryEscape(`["pt_BR","en_US"]`)))
	require.Equal(t, 8, count("status=approved&category=AUTHENTICATION"))
	require.Equal(t, 0, count("status=PAUSED"))
	require.Equal(t, 1, count("name_or_content=one_tap"))
	require.Equal(t, 100, b.graph(http.MethodGet, templatesEdge+"?limit=0", nil).code())
	require.Equal(t, 100, b.graph(http.MethodGet, templatesEdge+"?after=nonsense", nil).code())
}

func TestRefusedTemplates(t *testing.T) {
	t.Parallel()
	b := start(t)
	body := func(name string, change ...any) map[string]any {
		m := decode(t, fixture(t, "templates/create-"+name+"-request.json"))
		for i := 0; i < len(change); i += 2 {
			set(m, change[i].(string), change[i+1])
		}
		return m
	}
	const button = "components.2.buttons.0."
	for name, c := range map[string]any{
		"no name":                    body("copy-code", "name", nil),
		"capitals":                   body("copy-code", "name", "Login"),
		"no language":                body("copy-code", "language", nil),
		"an unknown language":        body("copy-code", "language", "en-US"),
		"another category":           body("copy-code", "category", "GREETING"),
		"a short time to live":       body("copy-code", "message_send_ttl_seconds", 29),
		"a long time to live":        body("copy-code", "message_send_ttl_seconds", 901),
		"no expiry":                  body("copy-code", "components.1.code_expiration_minutes", 0),
		"a long expiry":              body("copy-code", "components.1.code_expiration_minutes", 91),
		"an expiry that is a word":   body("copy-code", "components.1.code_expiration_minutes", "soon"),
		"a body of one's own":        body("copy-code", "components.0.text", "Your code is {{1}}"),
		"a header":                   body("copy-code", "components.0.type", "HEADER"),
		"a button of another type":   body("copy-code", button+"type", "URL"),
		"an unknown button":          body("copy-code", button+"otp_type", "TWO_TAP"),
		"a long button":              body("copy-code", button+"text", strings.Repeat("x", 26)),
		"no button":                  body("copy-code", "components.2.buttons", []any{}),
		"no components":              body("copy-code", "components", nil),
		"an unknown field":           body("copy-code", "colour", "green"),
		"one tap without an app":     body("one-tap", button+"supported_apps", nil),
		"a wrong hash":               body("one-tap", button+"supported_apps.0.signature_hash", "short"),
		"a long package":             body("one-tap", button+"supported_apps.0.package_name", strings.Repeat("x", 225)),
		"zero tap without agreement": body("zero-tap", button+"zero_tap_terms_accepted", false),
	} {
		a := b.graph(http.MethodPost, templatesEdge, c)
		require.Equal(t, []int{400, 100}, []int{a.status, a.code()}, "%s: %s", name, a.raw)
	}
	for name, ttl := range map[string]any{"thirty seconds": 30, "fifteen minutes": 900, "thirty days": -1} {
		a := b.graph(http.MethodPost, templatesEdge, body("copy-code", "name", fmt.Sprintf("ttl_%d", ttl.(int)+1), "message_send_ttl_seconds", ttl))
		require.Equal(t, 200, a.status, "%s: %s", name, a.raw)
	}
	upsert := decode(t, fixture(t, "templates/upsert-request.json"))
	set(upsert, button+"text", "Copy")
	require.Equal(t, 100, b.graph(http.MethodPost, "/v25.0/"+mockmeta.WABAID+"/upsert_message_templates", upsert).code(), "no texts for many languages")
}

func TestATemplatesTimeToLiveIsHonoured(t *testing.T) {
	t.Parallel()
	b := start(t)
	body := decode(t, fixture(t, "templates/create-copy-code-request.json"))
	set(body, "message_send_ttl_seconds", 30)
	require.Equal(t, 200, b.graph(http.MethodPost, templatesEdge, body).status)
	b.advance(2 * time.Second)
	b.handset(phone, client.Handset{OffFor: client.Duration(40 * time.Second)})
	short := b.send(fixture(t, "send/request-copy-code.json")).wamid()
	long := b.accepted(phone, "1")
	b.settled()
	require.Equal(t, []string{"sent"}, names(b.message(short)))
	require.Equal(t, []string{"sent", "delivered", "read"}, names(b.message(long)))
}

func TestEditsAreLimited(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := created(t, b, "copy-code")
	edit := func() answer {
		return b.graph(http.MethodPost, "/v25.0/"+id, map[string]any{"message_send_ttl_seconds": 60})
	}
	require.Equal(t, 100, edit().code(), "a template in review cannot be edited")
	b.advance(2 * time.Second)
	for i := range 10 {
		require.Equal(t, map[string]any{"success": true}, edit().body, "edit %d", i)
		b.advance(2 * time.Second)
		require.Equal(t, 100, edit().code(), "one a day")
		b.advance(25 * time.Hour)
	}
	require.Equal(t, 100, edit().code(), "ten in 30 days")
	b.advance(30 * 24 * time.Hour)
	require.Equal(t, 200, edit().status)
	a := b.graph(http.MethodGet, "/v25.0/"+id+"?fields=message_send_ttl_seconds", nil)
	require.EqualValues(t, 60, a.body["message_send_ttl_seconds"])
}

func TestAnUpsertReviewsWhatItChanges(t *testing.T) {
	t.Parallel()
	b := start(t)
	edge := "/v25.0/" + mockmeta.WABAID + "/upsert_message_templates"
	body := decode(t, fixture(t, "templates/upsert-request.json"))
	upsert := func(expiry int, languages ...any) answer {
		set(body, "components.1.code_expiration_minutes", expiry)
		return b.graph(http.MethodPost, edge, set(body, "languages", languages))
	}
	statuses := func(a answer) string {
		require.Equal(t, 200, a.status, "%s", a.raw)
		text := ""
		for _, item := range a.body["data"].([]any) {
			text += fmt.Sprint(item.(map[string]any)["language"], " ", item.(map[string]any)["status"], ",")
		}
		return text
	}
	require.Equal(t, "fr PENDING,", statuses(upsert(5, "fr")))
	require.Equal(t, "fr PENDING,", statuses(upsert(5, "fr")), "the same again")
	require.Equal(t, 100, upsert(6, "fr").code(), "a template in review cannot be edited")
	b.advance(2 * time.Second)
	require.Equal(t, "fr APPROVED,de PENDING,", statuses(upsert(5, "fr", "de")))
	b.advance(2 * time.Second)
	require.Equal(t, "fr PENDING,", statuses(upsert(6, "fr")))
	b.advance(2 * time.Second)
	require.Equal(t, 100, upsert(7, "fr", "de", "it").code(), "one a day")
	a := b.graph(http.MethodGet, templatesEdge+"?name=kratos_login_copy_code&language=de,it", nil)
	require.Len(t, a.body["data"], 1, "all languages or none")
	require.Contains(t, string(a.raw), `"code_expiration_minutes":5`)
	b.advance(25 * time.Hour)
	require.Equal(t, "fr PENDING,de PENDING,", statuses(upsert(7, "fr", "de")))
}

func TestAStoredTapButtonNamesItsApps(t *testing.T) {
	t.Parallel()
	b := start(t)
	one := b.graph(http.MethodGet, "/v25.0/"+created(t, b, "one-tap"), nil)
	require.Contains(t, mustJSON(t, one.body), "otp_type=ONE_TAP\\u0026cta_display_name=Autofill\\u0026package_name=com.example.loginapp\\u0026signature_hash=K8a%2FAINcGX7\\u0026code_expiration_minutes=5")
	zero := decode(t, fixture(t, "templates/create-zero-tap-request.json"))
	set(zero, "components.2.buttons.0.supported_apps", []any{
		map[string]any{"package_name": "com.example.one", "signature_hash": "K8a/AINcGX7"},
		map[string]any{"package_name": "com.example.two", "signature_hash": "U4hoZi+kgMN"},
	})
	a := b.graph(http.MethodPost, templatesEdge, zero)
	require.Equal(t, 200, a.status, "%s", a.raw)
	two := b.graph(http.MethodGet, "/v25.0/"+a.body["id"].(string), nil)
	require.Contains(t, mustJSON(t, two.body), "package_name=com.example.one%2Ccom.example.two\\u0026signature_hash=K8a%2FAINcGX7%2CU4hoZi%2BkgMN")
}

func TestADeletedNameRests(t *testing.T) {
	t.Parallel()
	b := start(t)
	create := fixture(t, "templates/create-copy-code-request.json")
	id := created(t, b, "copy-code")
	again := b.graph(http.MethodPost, templatesEdge, create)
	require.Equal(t, []any{float64(100), float64(2388024)}, []any{again.body["error"].(map[string]any)["code"], again.body["error"].(map[string]any)["error_subcode"]})
	require.Equal(t, 100, b.graph(http.MethodDelete, templatesEdge, nil).code(), "a name is needed")
	require.Equal(t, 100, b.graph(http.MethodDelete, templatesEdge+"?name=unknown", nil).code())
	require.Equal(t, 200, b.graph(http.MethodDelete, templatesEdge+"?name=kratos_login_copy_code&hsm_id="+id, nil).status)
	resting := b.graph(http.MethodPost, templatesEdge, create)
	require.EqualValues(t, 2388023, resting.body["error"].(map[string]any)["error_subcode"])
	b.advance(31 * 24 * time.Hour)
	require.Equal(t, 200, b.graph(http.MethodPost, templatesEdge, create).status)
}

func TestAnAccountHolds250Templates(t *testing.T) {
	t.Parallel()
	b := start(t)
	body := decode(t, fixture(t, "templates/create-copy-code-request.json"))
	for i := range 242 {
		require.Equal(t, 200, b.graph(http.MethodPost, templatesEdge, set(body, "name", fmt.Sprintf("t_%d", i))).status)
	}
	a := b.graph(http.MethodPost, templatesEdge, set(body, "name", "one_more"))
	require.EqualValues(t, 2388019, a.body["error"].(map[string]any)["error_subcode"])
}

func TestSendsFollowTheTemplatesStatus(t *testing.T) {
	t.Parallel()
	b := start(t)
	for status, code := range map[string]int{"PAUSED": 132015, "DISABLED": 132016, "REJECTED": 132001, "APPROVED": 0} {
		require.NoError(t, b.Client().Raise(b.ctx, client.Event{Kind: client.TemplateStatus, Template: "login_code", Language: "de", Value: status}))
		require.Equal(t, code, b.send(set(otp(phone, "1"), "template.language.code", "de")).code(), status)
	}
	for _, events := range [][]string{{"APPROVED", "FLAGGED"}, {"APPROVED", "LOCKED"}, {"PAUSED", "REINSTATED"}, {"ARCHIVED", "UNARCHIVED"}} {
		for _, event := range events {
			require.NoError(t, b.Client().Raise(b.ctx, client.Event{Kind: client.TemplateStatus, Template: "login_code", Language: "de", Value: event}))
		}
		require.Equal(t, 200, b.send(set(otp(phone, "1"), "template.language.code", "de")).status, "some events are no statuses: %v", events)
	}
	list, err := b.Client().Templates(b.ctx)
	require.NoError(t, err)
	require.Len(t, list, 8)
}

func TestPreviews(t *testing.T) {
	t.Parallel()
	b := start(t)
	edge := "/v25.0/" + mockmeta.WABAID + "/message_template_previews"
	a := b.graph(http.MethodGet, edge+"?category=AUTHENTICATION&languages=en_US,es&add_security_recommendation=true&code_expiration_minutes=5&button_types=OTP", nil)
	require.Equal(t, 200, a.status, "%s", a.raw)
	require.Equal(t, decode(t, fixture(t, "templates/200-previews-response.json"))["data"].([]any)[0], a.body["data"].([]any)[0])
	require.Len(t, a.body["data"], 2)
	for _, wrong := range []string{"", "?category=MARKETING", "?category=AUTHENTICATION&languages=xx", "?category=AUTHENTICATION&code_expiration_minutes=99"} {
		require.Equal(t, 100, b.graph(http.MethodGet, edge+wrong, nil).code(), wrong)
	}
}
