package graph

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// Translation is a template in one language, as Meta keeps it.
type Translation struct {
	ID             lenient.Text `json:"id"`
	Name           string       `json:"name"`
	Language       string       `json:"language"`
	Status         lenient.Text `json:"status"`
	Category       lenient.Text `json:"category"`
	RejectedReason lenient.Text `json:"rejected_reason"`
	// TTL is message_send_ttl_seconds: how long WhatsApp tries to deliver. 0 means that
	// Meta says nothing, and -1 is 30 days.
	TTL        int         `json:"message_send_ttl_seconds"`
	Components []Component `json:"components"`
}

// Component is the body, the footer or the buttons.
type Component struct {
	Type     lenient.Text `json:"type"`
	Security bool         `json:"add_security_recommendation"`
	Expiry   int          `json:"code_expiration_minutes"`
	Buttons  []Button     `json:"buttons"`
}

// Button is the button that takes the code: an OTP button as it is created, and a link as
// it is stored.
type Button struct {
	Type    lenient.Text `json:"type"`
	OTPType lenient.Text `json:"otp_type"`
	URL     lenient.Text `json:"url"`
	Apps    []App        `json:"supported_apps"`
}

// App is an Android app that may take the code by itself.
type App struct {
	// Package is its package name, and Hash its signing key hash, 11 characters.
	Package string `json:"package_name"`
	Hash    string `json:"signature_hash"`
}

// Translations are those of the template of that name, in Meta's order.
func (c Client) Translations(ctx context.Context, account, name string) ([]Translation, error) {
	var list struct {
		Data []Translation `json:"data"`
	}
	_, err := c.Get(ctx, url.Values{
		"name": {name}, "fields": {"id,name,language,status,category,components,message_send_ttl_seconds,rejected_reason"}, "limit": {"250"},
	}, &list, account, "message_templates")
	// Meta's filter also finds longer names.
	return slices.DeleteFunc(list.Data, func(t Translation) bool { return t.Name != name }), err
}

// CodeButton is the kind of the button that takes the code, COPY_CODE, ONE_TAP or
// ZERO_TAP, and the apps that it names; "" when there is no such button. A link that names
// no apps leaves them unknown.
func (t Translation) CodeButton() (kind string, apps []App) {
	for _, c := range t.Components {
		for _, b := range c.Buttons {
			query := b.query()
			switch {
			case b.OTPType != "":
				return strings.ToUpper(string(b.OTPType)), b.Apps
			case query.Has("otp_type"):
				return query.Get("otp_type"), appsOf(query)
			case strings.EqualFold(string(b.Type), "OTP"):
				return "OTP", b.Apps
			}
		}
	}
	return "", nil
}

// ExpiryMinutes is what the line about the code's life says, in minutes; 0 without the
// line.
func (t Translation) ExpiryMinutes() int {
	for _, c := range t.Components {
		if c.Expiry != 0 {
			return c.Expiry
		}
	}
	for _, c := range t.Components {
		for _, b := range c.Buttons {
			if minutes, err := strconv.Atoi(b.query().Get("code_expiration_minutes")); err == nil {
				return minutes
			}
		}
	}
	return 0
}

// SecurityRecommendation reports whether the body ends with the advice not to share the
// code.
func (t Translation) SecurityRecommendation() bool {
	return slices.ContainsFunc(t.Components, func(c Component) bool { return c.Security })
}

// query is that of the stored link, whose values say how the button was created.
func (b Button) query() url.Values {
	u, err := url.Parse(string(b.URL))
	if err != nil {
		return nil
	}
	return u.Query()
}

// appsOf reads the packages and hashes of a link, which stand in two lists with commas.
func appsOf(query url.Values) []App {
	packages, hashes := strings.Split(query.Get("package_name"), ","), strings.Split(query.Get("signature_hash"), ",")
	if query.Get("package_name") == "" || len(packages) != len(hashes) {
		return nil
	}
	apps := make([]App, len(packages))
	for i := range packages {
		// A plus that was not escaped reads as a space.
		apps[i] = App{packages[i], strings.ReplaceAll(hashes[i], " ", "+")}
	}
	return apps
}
