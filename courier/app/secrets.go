package app

import (
	"fmt"
	"reflect"
	"strings"
)

// Secret is a configured secret. It prints as a placeholder.
type Secret string

// String hides the secret.
func (s Secret) String() string { return "[redacted]" }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return "[redacted]" }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// reveal returns the secret's text.
func (s Secret) reveal() string { return string(s) }

func revealAll(secrets []Secret) []string {
	texts := make([]string, len(secrets))
	for i, s := range secrets {
		texts[i] = s.reveal()
	}
	return texts
}

// secretFaults are secrets that are still those of an example, and secrets and
// names with white space around them, as a file or a shell leaves behind.
func (c *Config) secretFaults() []string {
	var faults []string
	for path, text := range c.texts() {
		_, secret := text.(Secret)
		value := reflect.ValueOf(text).String()
		switch {
		case strings.TrimSpace(value) != value:
			faults = append(faults, at(path, "has white space or a line break around it; take it away"))
		case secret && fromAnExample(value):
			faults = append(faults, at(path, "is still the example's; "+origin(path)))
		}
	}
	return faults
}

// fromAnExample reports whether a value stands in one of our example files, where
// everyone can read it, or is a placeholder.
func fromAnExample(value string) bool {
	return strings.Contains(value, "replace-me") || strings.Contains(value, "change-me") ||
		strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">") || strings.HasSuffix(value, "...")
}

// origin says where a good secret comes from.
func origin(path string) string {
	switch {
	case strings.HasSuffix(path, ".proxy_url"):
		return "take it from who runs your proxy, or leave it empty"
	case strings.HasPrefix(path, "secrets."):
		return "make one with: openssl rand -hex 32"
	case path == "whatsapp.access_token":
		return "take the token of a system user from Meta's business settings"
	case strings.HasPrefix(path, "whatsapp.app_secrets"):
		return "take it from Meta's app dashboard, App settings, Basic"
	case strings.HasPrefix(path, "sms.twilio."):
		return "take it from Twilio's console"
	case strings.HasPrefix(path, "sms.http.auth"), strings.HasPrefix(path, "sms.http.headers"):
		return "take it from your SMS provider"
	}
	return "make one with: openssl rand -hex 16"
}

// texts are all secrets, and the names by which others know us, by path. The
// secrets are found by their type, so that none can be forgotten.
func (c *Config) texts() map[string]any {
	texts := map[string]any{
		"whatsapp.phone_number_id":              c.WhatsApp.PhoneNumberID,
		"whatsapp.business_account_id":          c.WhatsApp.BusinessAccountID,
		"whatsapp.template.name":                c.WhatsApp.Template.Name,
		"sms.twilio.account_sid":                c.SMS.Twilio.AccountSID,
		"sms.twilio.from":                       c.SMS.Twilio.From,
		"sms.http.auth.config.user":             c.SMS.HTTP.Auth.Config.User,
		"kratos.basic_auth.username":            c.Kratos.BasicAuth.Username,
		"sms.http.callback.basic_auth.username": c.SMS.HTTP.Callback.BasicAuth.Username,
	}
	addSecrets(texts, "", reflect.ValueOf(*c))
	return texts
}

func addSecrets(texts map[string]any, path string, v reflect.Value) {
	below := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	if secret, ok := reflect.TypeAssert[Secret](v); ok {
		texts[path] = secret
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Tag.Get("koanf"); name != "" {
				addSecrets(texts, below(name), v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			addSecrets(texts, below(fmt.Sprint(i)), v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			addSecrets(texts, below(key.String()), v.MapIndex(key))
		}
	default: // holds no secret
	}
}
