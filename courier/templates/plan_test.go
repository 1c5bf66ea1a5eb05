package templates

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

func wanted() Wanted {
	return Wanted{
		Name: "login_code", Languages: []string{"en_US", "de"},
		Content: Content{Kind: CopyCode, SecurityRecommendation: true, ExpiryMinutes: 5, TTLSeconds: 30},
	}
}

func oneTap(w *Wanted) {
	w.Kind, w.Apps = OneTap, []App{{"com.example.app", "K8a/AINcGX7"}, {"com.example.two", "U4hoZi+kgMN"}}
}

// stored is what Meta has of wanted() in one language.
func stored(language string) graph.Translation {
	var t graph.Translation
	err := json.Unmarshal([]byte(`{
		"id": "61`+language+`", "name": "login_code", "language": "`+language+`", "status": "APPROVED", "category": "AUTHENTICATION", "message_send_ttl_seconds": 30,
		"components": [
			{"type": "BODY", "add_security_recommendation": true}, {"type": "FOOTER", "code_expiration_minutes": 5},
			{"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code_expiration_minutes=5&code=otp{{1}}"}]}
		]}`), &t)
	if err != nil {
		panic(err)
	}
	return t
}

const tapLink = "https://www.whatsapp.com/otp/code/?otp_type=ONE_TAP&cta_display_name=Autofill"

func TestEachDifference(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *Wanted, have *graph.Translation)
		action Action
		diff   []Difference
		why    string
	}{
		"none":           {func(*Wanted, *graph.Translation) {}, Keep, nil, ""},
		"time to live":   {func(_ *Wanted, h *graph.Translation) { h.TTL = 600 }, Update, []Difference{{"message_send_ttl_seconds", "600", "30"}}, ""},
		"30 days":        {func(_ *Wanted, h *graph.Translation) { h.TTL = -1 }, Update, []Difference{{"message_send_ttl_seconds", "-1 (30 days)", "30"}}, ""},
		"TTL not shown":  {func(_ *Wanted, h *graph.Translation) { h.TTL = 0 }, Update, []Difference{{"message_send_ttl_seconds", "Meta's default", "30"}}, ""},
		"expiry":         {func(w *Wanted, _ *graph.Translation) { w.ExpiryMinutes = 10 }, Update, []Difference{{"expiry_minutes", "5", "10"}}, ""},
		"no expiry":      {func(w *Wanted, _ *graph.Translation) { w.ExpiryMinutes = 0 }, Update, []Difference{{"expiry_minutes", "5", "none"}}, ""},
		"recommendation": {func(w *Wanted, _ *graph.Translation) { w.SecurityRecommendation = false }, Update, []Difference{{"security_recommendation", "true", "false"}}, ""},
		"kind": {func(w *Wanted, _ *graph.Translation) { oneTap(w) }, Update, []Difference{
			{"kind", "copy_code", "one_tap"}, {"apps", "none", "com.example.app K8a/AINcGX7, com.example.two U4hoZi+kgMN"},
		}, ""},
		"apps": {func(w *Wanted, h *graph.Translation) {
			oneTap(w)
			h.Components[2].Buttons[0].URL = tapLink + "&package_name=com.example.app&signature_hash=AAAAAAAAAAA"
		}, Update, []Difference{{"apps", "com.example.app AAAAAAAAAAA", "com.example.app K8a/AINcGX7, com.example.two U4hoZi+kgMN"}}, ""},
		"apps in another order": {func(w *Wanted, h *graph.Translation) {
			oneTap(w)
			h.Components[2].Buttons[0].URL = tapLink + "&package_name=com.example.two%2Ccom.example.app&signature_hash=U4hoZi%2BkgMN%2CK8a%2FAINcGX7"
		}, Keep, nil, ""},
		"apps not shown": {func(w *Wanted, h *graph.Translation) {
			oneTap(w)
			h.Components[2].Buttons[0].URL = tapLink
			h.Components[1].Expiry = 5
		}, Keep, nil, ""},
		"no code button": {func(_ *Wanted, h *graph.Translation) { h.Components = h.Components[:2] }, Update, []Difference{{"kind", "none", "copy_code"}}, ""},
		"in review":      {func(_ *Wanted, h *graph.Translation) { h.Status = "PENDING" }, Keep, nil, ""},
		"in review, another": {func(_ *Wanted, h *graph.Translation) { h.Status, h.TTL = "PENDING", 600 }, Blocked, []Difference{
			{"message_send_ttl_seconds", "600", "30"},
		}, "in review"},
		"paused, another": {func(_ *Wanted, h *graph.Translation) { h.Status, h.TTL = "PAUSED", 600 }, Update, []Difference{
			{"message_send_ttl_seconds", "600", "30"},
		}, ""},
		"rejected": {func(_ *Wanted, h *graph.Translation) { h.Status, h.RejectedReason = "REJECTED", "ABUSIVE_CONTENT" }, Blocked, nil, "(ABUSIVE_CONTENT)"},
		"rejected, another": {func(_ *Wanted, h *graph.Translation) { h.Status, h.TTL = "REJECTED", 600 }, Update, []Difference{
			{"message_send_ttl_seconds", "600", "30"},
		}, ""},
		"disabled":         {func(_ *Wanted, h *graph.Translation) { h.Status = "DISABLED" }, Blocked, nil, "its status is DISABLED"},
		"another category": {func(_ *Wanted, h *graph.Translation) { h.Category = "MARKETING" }, Blocked, nil, "its category is MARKETING"},
	} {
		w, have := wanted(), stored("en_US")
		c.change(&w, &have)
		s := Compare(w, []graph.Translation{have}).Steps[0]
		require.Equal(t, c.action, s.Action, name)
		require.ElementsMatch(t, c.diff, s.Differences, name)
		require.Equal(t, c.why == "", s.Why == "", name)
		require.Contains(t, s.Why, c.why, name)
		require.Equal(t, "61en_US", s.ID, name)
	}
}

func TestLanguagesOfAPlan(t *testing.T) {
	t.Parallel()
	w := wanted()
	w.Languages = []string{"en_US", "pt_BR", "de", "en_US"}
	changed := stored("de")
	changed.TTL = 600
	p := Compare(w, []graph.Translation{stored("it"), changed, stored("en_US")})
	var steps []string
	for _, s := range p.Steps {
		steps = append(steps, s.Language+" "+string(s.Action))
	}
	require.Equal(t, []string{"en_US keep", "pt_BR create", "de update", "it ignore"}, steps)
	require.Equal(t, []Difference{
		{"kind", "", "copy_code"}, {"security_recommendation", "", "true"}, {"expiry_minutes", "", "5"}, {"message_send_ttl_seconds", "", "30"}, {"apps", "", "none"},
	}, p.Steps[1].Differences)
	require.Equal(t, "languages: 1 to create, 1 to change, 1 as wanted, 1 not in the configuration", p.Summary())
	require.Equal(t, []string{"pt_BR", "de"}, p.Languages(Create, Update))
	require.Equal(t, []string{"pt_BR"}, p.Unusable(), "what is not there, or not approved")
}
