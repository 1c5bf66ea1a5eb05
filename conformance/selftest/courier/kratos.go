package courier

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// message is what Kratos wants to have delivered.
type message struct {
	Type, Phone, Code string
	Locale            string // empty when no one has said one
	Channel           string // that the person asked for
	Flow, Identity    string
	Life              time.Duration // zero when Kratos does not say it
}

// codeKeys are the places of the code in template_data, by the type.
func codeKeys(kind string) []string {
	switch kind {
	case "login_code_valid":
		return []string{"login_code"}
	case "registration_code_valid":
		return []string{"registration_code"}
	case "verification_code_valid":
		return []string{"verification_code"}
	case "recovery_code_valid":
		return []string{"recovery_code", "verification_code"}
	}
	return nil
}

// parseMessage reads a body of Kratos. deliverable is false for what no phone can
// get, which is no error of Kratos.
func parseMessage(raw []byte, fault Fault) (m message, deliverable bool, err error) {
	var body struct {
		Recipient string                     `json:"recipient"`
		Type      string                     `json:"template_type"`
		Text      string                     `json:"body"`
		Data      map[string]json.RawMessage `json:"template_data"`
		Headers   json.RawMessage            `json:"request_headers"`
	}
	if err := json.Unmarshal(raw, &body); err != nil || !utf8.Valid(raw) {
		return message{}, false, errors.New("the body is no message of Kratos")
	}
	if body.Type == "" || body.Data == nil {
		return message{}, false, errors.New("template_type or template_data is missing")
	}
	var identity struct {
		ID       string         `json:"id"`
		Traits   map[string]any `json:"traits"`
		Metadata map[string]any `json:"metadata_public"`
	}
	var transient map[string]any
	_ = json.Unmarshal(body.Data["identity"], &identity) // What is not there stays empty.
	_ = json.Unmarshal(body.Data["transient_payload"], &transient)
	minutes, _ := strconv.Atoi(string(body.Data["expires_in_minutes"]))
	m = message{
		Type: body.Type, Phone: normalPhone(body.Recipient), Identity: identity.ID,
		Channel: text(transient["channel"]), Flow: text(transient["flow"]),
		Locale: firstOf(text(transient["locale"]), text(identity.Traits["locale"]), text(identity.Metadata["locale"]), accepted(body.Headers)),
		Life:   time.Duration(minutes) * time.Minute,
	}
	for _, key := range codeKeys(m.Type) {
		if m.Code == "" {
			_ = json.Unmarshal(body.Data[key], &m.Code) // A code that is no text is no code.
		}
	}
	if fault == regexpOverText {
		m.Code = regexp.MustCompile(`[0-9]{4,8}`).FindString(body.Text)
	}
	if fault == loginOnly && m.Type != "login_code_valid" {
		m.Code = ""
	}
	return m, m.Code != "" && m.Phone != "", nil
}

// normalPhone is E.164, or "" for what is no phone number.
func normalPhone(typed string) string {
	_, number, found := strings.Cut(typed, "+")
	if !found || strings.Contains(typed, "@") {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
	if len(digits) < 7 || len(digits) > 15 {
		return ""
	}
	return "+" + digits
}

// accepted is the language that a browser prefers, of Accept-Language.
func accepted(headers json.RawMessage) string {
	var all map[string]json.RawMessage
	var values []string
	if json.Unmarshal(headers, &all) != nil || json.Unmarshal(all["Accept-Language"], &values) != nil {
		return ""
	}
	type choice struct {
		language string
		weight   float64
	}
	var choices []choice
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		language, q, weighted := strings.Cut(strings.TrimSpace(part), ";q=")
		weight, err := strconv.ParseFloat(q, 64)
		switch {
		case !weighted:
			weight = 1
		case err != nil:
			continue
		}
		choices = append(choices, choice{language, weight})
	}
	slices.SortStableFunc(choices, func(a, b choice) int {
		if a.weight > b.weight {
			return -1
		}
		if a.weight < b.weight {
			return 1
		}
		return 0
	})
	languages := make([]string, len(choices))
	for i, c := range choices {
		languages[i] = c.language
	}
	return strings.Join(languages, " ")
}

// languagesOf are the template's languages in the order in which they are tried.
func (o Options) languagesOf(m message) []string {
	chosen := o.Languages[0]
	for wanted := range strings.FieldsSeq(m.Locale) {
		if i := slices.IndexFunc(o.Languages, func(has string) bool { return sameLanguage(wanted, has) }); i >= 0 {
			chosen = o.Languages[i]
			break
		}
	}
	if o.Fault == defaultLanguageOnly {
		chosen = o.Languages[0]
	}
	others := slices.DeleteFunc(slices.Clone(o.Languages), func(l string) bool { return l == chosen })
	return append([]string{chosen}, others...)
}

// sameLanguage compares pt-BR with pt_BR, and the language alone otherwise.
func sameLanguage(wanted, has string) bool {
	base := func(l string) string { return strings.ToLower(strings.FieldsFunc(l+"-", isSeparator)[0]) }
	if wanted == "" || isSeparator(rune(wanted[0])) {
		return false
	}
	return base(wanted) == base(has)
}

func isSeparator(r rune) bool { return r == '-' || r == '_' }

func text(value any) string {
	s, _ := value.(string)
	return s
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// event is what Kratos' web hook says: a person has used a code.
type event struct {
	Identity string   `json:"identity_id"`
	Phone    string   `json:"phone"`
	Phones   []string `json:"phones"`
}

func parseEvent(raw []byte) (event, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, fmt.Errorf("the body is no event: %w", err)
	}
	if e.Phone != "" {
		e.Phones = append(e.Phones, e.Phone)
	}
	return e, nil
}

// of reports whether the event is this person's.
func (e event) of(m message) bool {
	return e.Identity != "" && e.Identity == m.Identity || slices.Contains(e.Phones, m.Phone)
}
