package templates

import (
	"context"
	"net/url"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

// Account is a WhatsApp Business Account, as far as its templates go.
type Account struct {
	Client graph.Client
	ID     string
}

// Translations are those of the template of that name.
func (a Account) Translations(ctx context.Context, name string) ([]graph.Translation, error) {
	return a.Client.Translations(ctx, a.ID, name)
}

// Upsert makes the languages, or changes those that are there.
func (a Account) Upsert(ctx context.Context, w Wanted, languages []string) error {
	var answer struct{}
	return a.Client.Post(ctx, newUpsert(w, languages), &answer, a.ID, "upsert_message_templates")
}

// Delete deletes one translation. Meta wants its name beside its id.
func (a Account) Delete(ctx context.Context, name, id string) error {
	return a.Client.Delete(ctx, url.Values{"name": {name}, "hsm_id": {id}}, a.ID, "message_templates")
}

// upsert is the body of POST /{account}/upsert_message_templates (Meta, "Bulk management"
// of authentication templates, 24 June 2026).
type upsert struct {
	Name       string      `json:"name"`
	Languages  []string    `json:"languages"`
	Category   string      `json:"category"`
	TTL        int         `json:"message_send_ttl_seconds"`
	Components []component `json:"components"`
}

type component struct {
	Type     string   `json:"type"`
	Security *bool    `json:"add_security_recommendation,omitempty"`
	Expiry   int      `json:"code_expiration_minutes,omitempty"`
	Buttons  []button `json:"buttons,omitempty"`
}

type button struct {
	Type    string `json:"type"`
	OTPType string `json:"otp_type"`
	Terms   bool   `json:"zero_tap_terms_accepted,omitempty"`
	Apps    []App  `json:"supported_apps,omitempty"`
}

func newUpsert(w Wanted, languages []string) upsert {
	u := upsert{
		Name: w.Name, Languages: languages, Category: "AUTHENTICATION", TTL: w.TTLSeconds,
		Components: []component{{Type: "BODY", Security: &w.SecurityRecommendation}},
	}
	if w.ExpiryMinutes > 0 {
		u.Components = append(u.Components, component{Type: "FOOTER", Expiry: w.ExpiryMinutes})
	}
	u.Components = append(u.Components, component{Type: "BUTTONS", Buttons: []button{{
		Type: "OTP", OTPType: strings.ToUpper(string(w.Kind)), Terms: w.Kind == ZeroTap && w.ZeroTapTermsAccepted, Apps: w.Apps,
	}}})
	return u
}
