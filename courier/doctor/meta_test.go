package doctor

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAllIsWell(t *testing.T) {
	t.Parallel()
	f := newFakeMeta()
	r := examined(t, well(t, f))
	require.Empty(t, r.Findings)
	require.Equal(t, []Fact{
		{"whatsapp.access_token", `SYSTEM_USER of the app "Example" (8), does not expire`},
		{"whatsapp.app_secrets", "the app takes its token only with a proof of the app secret"},
		{"whatsapp.phone_number_id", `"Example Login", CONNECTED, quality GREEN, throughput STANDARD, reaches 2,000 people in 24 h`},
	}, r.Facts)
	require.Equal(t, []string{
		"GET debug_token", "GET debug_token", "GET 1", "GET 9/phone_numbers", "GET 9/message_templates", "GET 9/subscribed_apps", "GET 8/subscriptions",
	}, f.asked)
}

const (
	expired    = `{"error":{"message":"a-token 481920","code":190,"error_subcode":463,"fbtrace_id":"Atrace"}}`
	badToken   = `{"error":{"message":"a-token","code":190}}`
	badProof   = `{"error":{"message":"Invalid appsecret_proof provided in the API argument","code":100}}`
	noProof    = `{"error":{"message":"API calls from the server require an appsecret_proof argument","code":100}}`
	badVersion = `{"error":{"message":"Unknown path components: /v99.0","code":2500}}`
	noObject   = `{"error":{"message":"Unsupported get request","code":100,"error_subcode":33}}`
	forbidden  = `{"error":{"message":"(#200)","code":200}}`
	throttled  = `{"error":{"message":"(#4)","code":4}}`
)

// Each wrong setting has exactly its finding: what follows from one is not told as another.
func TestEachFaultOfMeta(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant func(f *fakeMeta, m *Meta)
		want  []string
		says  string
	}{
		"expired token":       {func(f *fakeMeta, _ *Meta) { f.refuse("debug_token", 401, expired) }, []string{"error whatsapp.access_token"}, "expired: Meta answered HTTP 401 with error code 190, subcode 463 (fbtrace_id Atrace)"},
		"unknown token":       {func(f *fakeMeta, _ *Meta) { f.refuse("debug_token", 401, badToken) }, []string{"error whatsapp.access_token"}, "does not take the token"},
		"token not valid":     {func(f *fakeMeta, _ *Meta) { f.set("debug_token", "is_valid", false) }, []string{"error whatsapp.access_token"}, "not valid"},
		"token that ends":     {func(f *fakeMeta, _ *Meta) { f.set("debug_token", "expires_at", today().AddDate(0, 0, 13).Unix()) }, []string{"warning whatsapp.access_token"}, "expires at 2026-12-09T12:00:00Z"},
		"token that lasts":    {func(f *fakeMeta, _ *Meta) { f.set("debug_token", "expires_at", today().AddDate(0, 0, 15).Unix()) }, nil, ""},
		"token cannot send":   {func(f *fakeMeta, _ *Meta) { f.set("debug_token", "scopes", []string{"whatsapp_business_management"}) }, []string{"error whatsapp.access_token"}, "whatsapp_business_messaging"},
		"token cannot manage": {func(f *fakeMeta, _ *Meta) { f.set("debug_token", "scopes", []string{"whatsapp_business_messaging"}) }, []string{"warning whatsapp.access_token"}, "whatsapp_business_management"},
		"token not told":      {func(f *fakeMeta, _ *Meta) { f.refuse("debug_token", 403, forbidden) }, []string{"unknown whatsapp.access_token"}, "error code 200"},
		"wrong app secret":    {func(f *fakeMeta, _ *Meta) { f.refuse("debug_token", 400, badProof) }, []string{"error whatsapp.app_secrets"}, "not that of the app"},

		"no such version":    {func(f *fakeMeta, _ *Meta) { f.refuse("debug_token", 400, badVersion) }, []string{"error whatsapp.api_version"}, "no such version"},
		"version that ended": {func(f *fakeMeta, _ *Meta) { f.version = "v26.0" }, []string{"warning whatsapp.api_version"}, "v25.0 has ended: Meta answers as v26.0"},
		"not Meta":           {func(f *fakeMeta, _ *Meta) { f.refuse("debug_token", 404, "<html>") }, []string{"unknown whatsapp.base_url"}, "not Meta's API"},
		"nothing there":      {func(_ *fakeMeta, m *Meta) { m.BaseURL = "http://127.0.0.1:1" }, []string{"unknown whatsapp.base_url"}, "could not be asked"},
		"clock behind":       {func(f *fakeMeta, _ *Meta) { f.date = today().Add(31 * time.Second) }, []string{"warning clock"}, "31s away"},
		"clock ahead":        {func(f *fakeMeta, _ *Meta) { f.date = today().Add(-time.Hour) }, []string{"warning clock"}, "1h0m0s away"},
		"clock about right":  {func(f *fakeMeta, _ *Meta) { f.date = today().Add(-20 * time.Second) }, nil, ""},
		"no such number":     {func(f *fakeMeta, _ *Meta) { f.refuse("1", 400, noObject) }, []string{"error whatsapp.phone_number_id"}, "does not find the sending number"},
		"no such second number": {func(f *fakeMeta, m *Meta) {
			m.Numbers = append(m.Numbers, Number{"whatsapp.numbers.1", "2", 80})
			f.refuse("2", 400, noObject)
		}, []string{"error whatsapp.numbers.1.phone_number_id"}, "does not find"},
		"foreign number":       {func(f *fakeMeta, _ *Meta) { f.answers["9/phone_numbers"] = object{"data": []object{{"id": "2"}}} }, []string{"error whatsapp.phone_number_id"}, "another account"},
		"number not connected": {func(f *fakeMeta, _ *Meta) { f.set("1", "status", "PENDING") }, []string{"error whatsapp.phone_number_id"}, "PENDING"},
		"number flagged":       {func(f *fakeMeta, _ *Meta) { f.set("1", "status", "FLAGGED") }, []string{"warning whatsapp.phone_number_id"}, "FLAGGED"},
		"number without name":  {func(f *fakeMeta, _ *Meta) { f.set("1", "verified_name", "") }, []string{"warning whatsapp.phone_number_id"}, "verified name"},
		"bad quality":          {func(f *fakeMeta, _ *Meta) { f.set("1", "quality_rating", "RED") }, []string{"warning whatsapp.phone_number_id"}, "RED"},
		"test number":          {func(f *fakeMeta, _ *Meta) { f.set("1", "account_mode", "SANDBOX") }, []string{"warning whatsapp.phone_number_id"}, "test number"},
		"sending blocked":      {func(f *fakeMeta, _ *Meta) { f.set("1", "health_status", object{"can_send_message": "BLOCKED"}) }, []string{"error whatsapp.phone_number_id"}, "blocked"},
		"sending limited":      {func(f *fakeMeta, _ *Meta) { f.set("1", "health_status", object{"can_send_message": "LIMITED"}) }, []string{"warning whatsapp.phone_number_id"}, "limited"},
		"new portfolio":        {func(f *fakeMeta, _ *Meta) { f.set("1", "whatsapp_business_manager_messaging_limit", "TIER_250") }, []string{"warning whatsapp.phone_number_id"}, "250 people"},
		"rate too high":        {func(_ *fakeMeta, m *Meta) { m.Numbers[0].Rate = 81 }, []string{"warning whatsapp.rate"}, "81 messages a second, but Meta allows the number 80"},
		"high throughput": {func(f *fakeMeta, m *Meta) {
			m.Numbers[0].Rate = 1000
			f.set("1", "throughput", object{"level": "HIGH"})
		}, nil, ""},

		"no such account":       {func(f *fakeMeta, _ *Meta) { f.refuse("9/phone_numbers", 400, noObject) }, []string{"error whatsapp.business_account_id"}, "does not find the business account"},
		"account not permitted": {func(f *fakeMeta, _ *Meta) { f.refuse("9/phone_numbers", 403, forbidden) }, []string{"error whatsapp.access_token"}, "has no right to the business account"},
		"account from token":    {func(_ *fakeMeta, m *Meta) { m.AccountID = "" }, nil, ""},
		"account not known": {func(f *fakeMeta, m *Meta) {
			m.AccountID = ""
			f.set("debug_token", "granular_scopes", []object{{"scope": "whatsapp_business_messaging", "target_ids": []string{"9", "10"}}})
		}, []string{"unknown whatsapp.business_account_id"}, "not known"},
		"not subscribed": {func(f *fakeMeta, _ *Meta) { f.answers["9/subscribed_apps"] = object{"data": []object{}} }, []string{"error whatsapp.business_account_id"}, "not subscribed"},
		"another app": {func(f *fakeMeta, _ *Meta) {
			f.answers["9/subscribed_apps"] = object{"data": []object{{"whatsapp_business_api_data": object{"id": "7"}}}}
		}, []string{"error whatsapp.business_account_id"}, "not subscribed"},
		"subscription not told": {func(f *fakeMeta, _ *Meta) { f.refuse("9/subscribed_apps", 400, throttled) }, []string{"unknown whatsapp.business_account_id"}, "error code 4"},
		"no webhooks":           {func(f *fakeMeta, _ *Meta) { f.setInWebhook("active", false) }, []string{"error webhook"}, "switched off"},
		"no reports in the webhook": {func(f *fakeMeta, _ *Meta) {
			f.setInWebhook("fields", fields("account_update", "message_template_status_update"))
		}, []string{"error webhook"}, "field messages"},
		"no news in the webhook": {func(f *fakeMeta, _ *Meta) { f.setInWebhook("fields", fields("messages", "account_update")) }, []string{"warning webhook"}, "message_template_status_update"},
		"webhook not told":       {func(f *fakeMeta, _ *Meta) { f.refuse("8/subscriptions", 403, forbidden) }, nil, ""},
		"no callback":            {func(f *fakeMeta, _ *Meta) { f.set("1", "webhook_configuration", object{}) }, []string{"error webhook"}, "no callback URL"},
		"foreign callback": {func(f *fakeMeta, _ *Meta) {
			f.set("1", "webhook_configuration", object{"application": "https://other.example.com/webhooks/meta"})
		}, []string{"error webhook"}, "other.example.com"},
		"number's override": {func(f *fakeMeta, _ *Meta) {
			f.set("1", "webhook_configuration", object{"application": "https://otp.example.com/webhooks/meta", "phone_number": "https://other.example.com/"})
		}, []string{"error webhook"}, "other.example.com"},
		"account's override": {func(f *fakeMeta, _ *Meta) {
			f.set("1", "webhook_configuration", object{"application": "https://old.example.com/", "whatsapp_business_account": "https://otp.example.com/webhooks/meta"})
		}, nil, ""},
		"callback by its path": {func(f *fakeMeta, m *Meta) {
			m.Callback = ""
			f.set("1", "webhook_configuration", object{"application": "https://otp.example.com/webhook"})
		}, []string{"error webhook"}, "not the courier"},

		"no such template":      {func(_ *fakeMeta, m *Meta) { m.Template.Name = "login" }, []string{"error whatsapp.template.name"}, `no template "login"`},
		"no such language":      {func(_ *fakeMeta, m *Meta) { m.Template.Languages = []string{"en_US", "fr", "pt_BR"} }, []string{"error whatsapp.template.languages"}, "the template in fr, pt_BR does not exist"},
		"templates not told":    {func(f *fakeMeta, _ *Meta) { f.refuse("9/message_templates", 400, throttled) }, []string{"unknown whatsapp.template.name"}, "error code 4"},
		"template of marketing": {func(f *fakeMeta, _ *Meta) { f.setInTemplates("category", "MARKETING") }, []string{"error whatsapp.template.languages"}, "in en_US, de has the category MARKETING"},
		"template paused":       {func(f *fakeMeta, _ *Meta) { f.setInTemplates("status", "PAUSED") }, []string{"error whatsapp.template.languages"}, "PAUSED"},
		"template without button": {func(f *fakeMeta, _ *Meta) {
			f.setInTemplates("components", []object{{"type": "BUTTONS", "buttons": []object{{"type": "URL", "url": "https://example.com/{{1}}"}}}})
		}, []string{"error whatsapp.template.languages"}, "no button"},
		"button as created": {func(f *fakeMeta, _ *Meta) {
			f.setInTemplates("components", []object{{"type": "BUTTONS", "buttons": []object{{"type": "OTP", "otp_type": "ONE_TAP"}}}})
		}, nil, ""},
		"expiry line":     {func(_ *fakeMeta, m *Meta) { m.Template.CodeLifespan = 10 * time.Minute }, []string{"warning kratos.code_lifespan"}, "in en_US, de tells people that the code lives 5 minutes, but it lives 10m0s"},
		"time to live":    {func(f *fakeMeta, _ *Meta) { f.setInTemplates("message_send_ttl_seconds", 31) }, []string{"warning fallback.after"}, "31 s"},
		"no time to live": {func(f *fakeMeta, _ *Meta) { f.setInTemplates("message_send_ttl_seconds", nil) }, []string{"warning fallback.after"}, "Meta's default"},
		"30 days to live": {func(f *fakeMeta, _ *Meta) { f.setInTemplates("message_send_ttl_seconds", -1) }, []string{"warning fallback.after"}, "30 days"},
		"only WhatsApp, dead code": {func(f *fakeMeta, m *Meta) {
			m.Template.FallbackAfter = 0
			f.setInTemplates("message_send_ttl_seconds", 301)
		}, []string{"warning kratos.code_lifespan"}, "dead code"},
		"only WhatsApp, in time": {func(f *fakeMeta, m *Meta) {
			m.Template.FallbackAfter = 0
			f.setInTemplates("message_send_ttl_seconds", 300)
		}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeMeta()
			m := well(t, f)
			c.plant(f, m)
			r := examined(t, m)
			require.Equal(t, c.want, told(r.Findings))
			if c.says != "" {
				require.Contains(t, r.Findings[0].What, c.says)
			}
			for _, asked := range f.asked {
				require.Equal(t, http.MethodGet, asked[:3], "doctor changes nothing at Meta")
			}
		})
	}
}

func TestVersionThatEndsSoon(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"warning whatsapp.api_version"}, told(version("v21.0", "v21.0", today())))
	require.Empty(t, version("v22.0", "v22.0", today()))
	require.Empty(t, version("v26.0", "v26.0", today()), "its end is not known")
	require.Empty(t, version("v25.0", "", today()), "a proxy has taken the header away")
}

func TestATokenThatNeedsNoProof(t *testing.T) {
	t.Parallel()
	f := newFakeMeta()
	f.proofless = true
	r := examined(t, well(t, f))
	require.Empty(t, r.Findings)
	require.Contains(t, r.Facts, Fact{"whatsapp.app_secrets", "the app takes its token without a proof of the app secret too; Require App Secret (app settings, Advanced) would end that"})
}

func TestHowManyPeopleANumberReaches(t *testing.T) {
	t.Parallel()
	for limit, want := range map[string]string{
		"TIER_250": "250 people in 24 h", "TIER_100K": "100,000 people in 24 h", "TIER_UNLIMITED": "everybody", "": "an unknown number of people",
	} {
		require.Equal(t, want, reach(limit), limit)
	}
}
