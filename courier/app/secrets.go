package app

import (
	"cmp"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
)

// secretFaults are secrets that everyone can know, and texts with white space
// around them or what cannot be seen in them, as a file or a shell leaves behind.
func (c *Config) secretFaults() []string {
	var faults []string
	texts := c.texts()
	for path, text := range texts {
		switch {
		case strings.TrimSpace(text.value) != text.value:
			faults = append(faults, at(path, "has white space or a line break around it; take it away"))
		case strings.ContainsFunc(text.value, func(r rune) bool { return !unicode.IsGraphic(r) }):
			faults = append(faults, at(path, "has a character in it that cannot be seen, such as a line break; take it away"))
		case text.secret && fromAnExample(text.value):
			faults = append(faults, at(path, "is still the example's; "+text.origin))
		case text.secret && strings.HasPrefix(text.value, "mock-") && real(baseURL(texts, path)):
			faults = append(faults, at(path, "is the one that mockmeta has by default, but base_url is the real provider's; "+text.origin))
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

// real reports whether a base URL is that of a provider whose API mockmeta has too.
// Its secrets must not begin as mockmeta's do: with those anyone could sign reports.
func real(baseURL string) bool {
	return strings.Contains(baseURL, "//graph.facebook.com") || strings.Contains(baseURL, "//api.twilio.com")
}

// baseURL is that of the section in which a setting stands, or "".
func baseURL(texts map[string]text, path string) string {
	for end := strings.LastIndex(path, "."); end > 0; end = strings.LastIndex(path[:end], ".") {
		if found, ok := texts[path[:end]+".base_url"]; ok {
			return found.value
		}
	}
	return ""
}

// ownOrigin is where a good secret comes from unless a tag says something else.
const ownOrigin = "make one with: openssl rand -hex 16"

// cryptOrigin is where good ones for `secrets` come from.
func cryptOrigin() string {
	section, _ := reflect.TypeFor[Config]().FieldByName("Secrets")
	return section.Tag.Get("origin")
}

// text is a setting that is a text.
type text struct {
	value  string
	secret bool
	// origin says where a good secret comes from.
	origin string
}

// texts are all settings that are texts, by path, but for those that people read
// and for programs. They are found by their type, so that none can be forgotten.
func (c *Config) texts() map[string]text {
	texts := make(map[string]text)
	addTexts(texts, "", ownOrigin, reflect.ValueOf(*c))
	for path := range texts {
		if strings.HasPrefix(path, "sms.texts.") {
			delete(texts, path)
		}
	}
	return texts
}

func addTexts(texts map[string]text, path, origin string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() != reflect.TypeFor[sms.Snippet]() {
			texts[path] = text{value: v.String(), secret: v.Type() == reflect.TypeFor[secret.Text](), origin: origin}
		}
	case reflect.Struct:
		if key, ok := v.Interface().(AdminKey); ok && key.plain {
			addTexts(texts, path, origin, reflect.ValueOf(key.Key))
			return
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if tag := field.Tag.Get("koanf"); tag != "" {
				name, _, _ := strings.Cut(tag, ",") // "" if its settings stand in this section too
				addTexts(texts, strings.Trim(path+"."+name, "."), cmp.Or(field.Tag.Get("origin"), origin), v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			addTexts(texts, below(path, strconv.Itoa(i)), origin, v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			addTexts(texts, below(path, key.String()), origin, v.MapIndex(key))
		}
	default: // holds no text
	}
}
