package meta

import (
	"reflect"
	"slices"
	"time"
)

// Types of the one-time-password button.
const (
	CopyCode = "COPY_CODE"
	OneTap   = "ONE_TAP"
	ZeroTap  = "ZERO_TAP"
)

// Statuses of a template at Meta.
const (
	TemplateApproved = "APPROVED"
	TemplatePending  = "PENDING"
	TemplateRejected = "REJECTED"
	TemplatePaused   = "PAUSED"
	TemplateDisabled = "DISABLED"
)

// How long WhatsApp tries to deliver an authentication template, in seconds.
const (
	defaultTTL = 600
	foreverTTL = -1 // stands for 30 days
)

// FreeTextTTL is how long WhatsApp tries to deliver free text, and templates whose
// time to live is -1.
const FreeTextTTL = 30 * 24 * time.Hour

// Template is an authentication template in one language.
type Template struct {
	TemplateSpec
	ID       string
	Language string
	Status   string
}

// TemplateSpec is what all languages of a template share.
type TemplateSpec struct {
	Name    string
	OTPType string
	// Security says that the body ends with the security recommendation.
	Security bool
	// Expiry is the footer's code_expiration_minutes; 0 leaves the line out.
	Expiry int
	// TTL is message_send_ttl_seconds.
	TTL int
	// ButtonText and AutofillText replace Meta's own words.
	ButtonText, AutofillText string
	Apps                     []SupportedApp
}

// Equal reports whether both say the same.
func (s TemplateSpec) Equal(other TemplateSpec) bool {
	apps := slices.Equal(s.Apps, other.Apps)
	s.Apps, other.Apps = nil, nil
	return apps && reflect.DeepEqual(s, other)
}

// Keeping has the button's words from what was there: an upsert brings none.
func (s TemplateSpec) Keeping(there TemplateSpec) TemplateSpec {
	s.ButtonText, s.AutofillText = there.ButtonText, there.AutofillText
	return s
}

// SupportedApp is an Android app that may fill a code in by itself.
type SupportedApp struct {
	Package string `json:"package_name"`
	Hash    string `json:"signature_hash"`
}

// Sendable says whether the template exists as far as a send is concerned:
// paused and disabled ones do, and are refused with codes of their own.
func (t Template) Sendable() bool {
	return slices.Contains([]string{TemplateApproved, TemplatePaused, TemplateDisabled}, t.Status)
}

// Lifetime is how long WhatsApp tries to deliver.
func (t Template) Lifetime() time.Duration {
	if t.TTL == foreverTTL {
		return FreeTextTTL
	}
	return time.Duration(t.TTL) * time.Second
}

// Seeded are the templates that a new mock has, each with its languages.
func Seeded() []TemplateRequest {
	code := TemplateSpec{Name: "login_code", OTPType: CopyCode, Security: true, Expiry: 5, TTL: defaultTTL}
	oneTap := code
	oneTap.Name, oneTap.OTPType = "login_code_one_tap", OneTap
	oneTap.Apps = []SupportedApp{{"com.example.loginapp", "K8a/AINcGX7"}}
	return []TemplateRequest{
		{code, []string{"en_US", "pt_BR", "es", "de", "fr", "hi", "ar"}},
		{oneTap, []string{"en_US"}},
	}
}
