package app

import (
	"reflect"
	"strconv"
	"strings"
	"unicode"
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

// secretFaults are secrets that everyone can know, and texts with white space
// around them or what cannot be seen in them, as a file or a shell leaves behind.
func (c *Config) secretFaults() []string {
	var faults []string
	for path, text := range c.texts() {
		switch {
		case strings.TrimSpace(text.value) != text.value:
			faults = append(faults, at(path, "has white space or a line break around it; take it away"))
		case strings.ContainsFunc(text.value, func(r rune) bool { return !unicode.IsGraphic(r) }):
			faults = append(faults, at(path, "has a character in it that cannot be seen, such as a line break; take it away"))
		case text.secret && fromAnExample(text.value):
			faults = append(faults, at(path, "is still the example's; "+origin(path)))
		case text.secret && c.mocks(path, text.value):
			faults = append(faults, at(path, "is the one that mockmeta has by default, but base_url is the real provider's; "+origin(path)))
		}
	}
	return faults
}

// fromAnExample reports whether a value stands in one of our example files, where
// everyone can read it, or is a placeholder.
func fromAnExample(value string) bool {
	word := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(value))
	return strings.Contains(word, "replaceme") || strings.Contains(word, "changeme") ||
		strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">") || strings.HasSuffix(value, "...")
}

// mocks reports whether a secret of a real provider begins as those of mockmeta,
// with which anyone could sign reports.
func (c *Config) mocks(path, value string) bool {
	real := strings.HasPrefix(path, "whatsapp.") && strings.Contains(c.WhatsApp.BaseURL, "//graph.facebook.com") ||
		strings.HasPrefix(path, "sms.twilio.") && strings.Contains(c.SMS.Twilio.BaseURL, "//api.twilio.com")
	return real && strings.HasPrefix(value, "mock-")
}

// origin says where a good secret comes from.
func origin(path string) string {
	switch {
	case strings.HasSuffix(path, ".proxy_url"):
		return "take it from who runs your proxy, or leave it empty"
	case strings.HasPrefix(path, "secrets"):
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

// text is a setting that is a text.
type text struct {
	value  string
	secret bool
}

// texts are all settings that are texts, by path, but for those that people read
// and for programs. They are found by their type, so that none can be forgotten.
func (c *Config) texts() map[string]text {
	texts := make(map[string]text)
	addTexts(texts, "", reflect.ValueOf(*c))
	for path := range texts {
		switch {
		case strings.HasPrefix(path, "sms.texts."), path == "sms.http.body", path == "sms.http.message_id", path == "sms.http.receipt":
			delete(texts, path)
		}
	}
	return texts
}

func addTexts(texts map[string]text, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		texts[path] = text{value: v.String(), secret: v.Type() == reflect.TypeFor[Secret]()}
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Tag.Get("koanf"); name != "" {
				addTexts(texts, below(path, name), v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			addTexts(texts, below(path, strconv.Itoa(i)), v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			addTexts(texts, below(path, key.String()), v.MapIndex(key))
		}
	default: // holds no text
	}
}
