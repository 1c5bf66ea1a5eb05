package templates

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

// Kind is how the code gets from the message into the login page.
type Kind string

const (
	// CopyCode has a button that copies the code.
	CopyCode Kind = "copy_code"
	// OneTap has a button that hands it to an Android app.
	OneTap Kind = "one_tap"
	// ZeroTap hands it over without a touch, where that works.
	ZeroTap Kind = "zero_tap"
)

// App is an Android app that takes the code by itself.
type App struct {
	PackageName   string `json:"package_name"   koanf:"package_name"`
	SignatureHash string `json:"signature_hash" koanf:"signature_hash"`
}

// Content is what all languages of a template have in common.
type Content struct {
	Kind                   Kind `json:"kind"`
	SecurityRecommendation bool `json:"security_recommendation"`
	// ExpiryMinutes is what the line about the code's life says, 1 to 90; 0 leaves the
	// line out.
	ExpiryMinutes int `json:"expiry_minutes"`
	// TTLSeconds is how long WhatsApp tries to deliver, 30 to 900; -1 is 30 days, and 0 is
	// what Meta does not say.
	TTLSeconds int `json:"message_send_ttl_seconds"`
	// Apps are those of OneTap and ZeroTap.
	Apps []App `json:"apps"`
}

// Wanted is the template as the configuration has it.
type Wanted struct {
	Name      string
	Languages []string
	Content
	// ZeroTapTermsAccepted is what Meta asks for with ZeroTap. It is not stored there.
	ZeroTapTermsAccepted bool
}

// contentOf reads what Meta has. A kind that is none of ours is in Meta's spelling, in
// small letters.
func contentOf(t graph.Translation) Content {
	kind, known := t.CodeButton()
	apps := []App{}
	for _, a := range known {
		apps = append(apps, App{a.Package, a.Hash})
	}
	return Content{
		Kind: Kind(strings.ToLower(kind)), SecurityRecommendation: t.SecurityRecommendation(), ExpiryMinutes: t.ExpiryMinutes(),
		TTLSeconds: t.TTL, Apps: apps,
	}
}

// Field is a setting of a template and its value, in words.
type Field struct {
	// Name is that of the setting below whatsapp.template.
	Name  string
	Value string
}

// Fields are all settings of a content, always in the same order.
func (c Content) Fields() []Field {
	return []Field{
		{"kind", cmp.Or(string(c.Kind), none)},
		{"security_recommendation", fmt.Sprint(c.SecurityRecommendation)},
		{"expiry_minutes", number(c.ExpiryMinutes, map[int]string{0: none})},
		{"message_send_ttl_seconds", number(c.TTLSeconds, map[int]string{0: "Meta's default", -1: "-1 (30 days)"})},
		{"apps", apps(c.Apps)},
	}
}

const none = "none"

// number is a number, or the word for one that has a meaning of its own.
func number(n int, words map[int]string) string { return cmp.Or(words[n], fmt.Sprint(n)) }

// apps lists apps in an order of their own: Meta's means nothing.
func apps(list []App) string {
	texts := []string{}
	for _, a := range list {
		texts = append(texts, a.PackageName+" "+a.SignatureHash)
	}
	slices.Sort(texts)
	return cmp.Or(strings.Join(texts, ", "), none)
}
