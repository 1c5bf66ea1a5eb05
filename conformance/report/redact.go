package report

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Kinds of a Secret.
const (
	Code   = "code"
	Number = "number"
	Token  = "token"
)

// Secret is what no report may show.
type Secret struct {
	// Kind is Code, Number or Token; others are treated like a token.
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Redactor hides secrets in bytes, however they are written. It is the last to
// touch what leaves the program. The zero value hides nothing.
type Redactor struct {
	// digits are codes and numbers, without a plus.
	digits map[string]string
	// lengths are the lengths of the numbers in digits, for those that stand
	// within a longer run of digits.
	lengths map[int]bool
	// texts are all other forms.
	texts *strings.Replacer
}

// What stands in place of a secret. It means nothing in YAML, JSON, XML or HTML.
func mask(kind string) string { return "(" + kind + ")" }

// shortest is the shortest code that is hidden wherever it stands alone. A code
// of fewer characters would hide half the report.
const shortest = 4

// NewRedactor makes a redactor of these secrets.
func NewRedactor(secrets []Secret) *Redactor {
	r := &Redactor{digits: map[string]string{}, lengths: map[int]bool{}}
	seen := map[Secret]bool{}
	var pairs []string
	for _, s := range secrets {
		if seen[s] || len(s.Value) < shortest {
			continue
		}
		seen[s] = true
		value := s.Value
		if s.Kind == Number {
			value = strings.TrimPrefix(value, "+")
		}
		if isDigits(value) {
			r.digits[value] = s.Kind
			if s.Kind == Number {
				r.lengths[len(value)] = true
				r.addNational(value)
			}
		} else {
			pairs = append(pairs, value, mask(s.Kind))
		}
		for _, form := range encodings(value) {
			pairs = append(pairs, form, mask(s.Kind))
		}
	}
	r.texts = strings.NewReplacer(pairs...)
	return r
}

// addNational adds a number without its country code, as people write it. Which
// digits are the country code does not matter: of one to three, all are hidden.
func (r *Redactor) addNational(number string) {
	for _, code := range []int{1, 2, 3} {
		if rest := number[min(code, len(number)):]; len(rest) >= 8 {
			r.digits[rest] = Number
		}
	}
}

// Redact returns the bytes without the secrets.
func (r *Redactor) Redact(raw []byte) []byte {
	if r == nil || r.texts == nil {
		return raw
	}
	raw = []byte(r.texts.Replace(string(raw)))
	raw = grouped.ReplaceAllFunc(raw, func(found []byte) []byte {
		if kind, ok := r.isSecret(onlyDigits(found)); ok {
			return []byte(mask(kind))
		}
		return plain.ReplaceAllFunc(found, func(run []byte) []byte {
			if kind, ok := r.isSecret(string(run)); ok {
				return []byte(mask(kind))
			}
			return run
		})
	})
	return raw
}

var (
	// grouped are digits as people group them: "+1 (202) 555-0143". HTML and URLs
	// have forms of their own for the plus.
	grouped = regexp.MustCompile(`(?:\+|%2[Bb]|&#43;|&#x2[Bb];|\\u002[Bb])?\(?[0-9](?:[ ().\-/]{0,2}[0-9])+`)
	plain   = regexp.MustCompile(`[0-9]+`)
)

// isSecret reports whether a run of digits is a code or a number, or has a number
// in it, as 0012025550143 has.
func (r *Redactor) isSecret(run string) (kind string, ok bool) {
	if kind, ok = r.digits[run]; ok {
		return kind, true
	}
	for length := range r.lengths {
		for from := 0; from+length <= len(run); from++ {
			if r.digits[run[from:from+length]] == Number {
				return Number, true
			}
		}
	}
	return "", false
}

// letters are what no format escapes.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// encodings are other forms of a value, each long enough not to occur by chance.
func encodings(value string) []string {
	raw := []byte(value)
	forms := []string{
		each(raw, "%%%02X"), each(raw, "%%%02x"), each(raw, "\\u%04x"), each(raw, "\\u%04X"), each(raw, "\\x%02x"),
		each(raw, "&#%d;"), each(raw, "&#x%x;"), each(raw, "&#x%X;"),
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
	}
	for _, encode := range []func([]byte) string{
		base64.RawStdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString,
	} {
		forms = append(forms, inside(raw, encode, 3, 6)...)
	}
	forms = append(forms, inside(raw, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString, 5, 5)...)
	if strings.Trim(value, letters) != "" {
		forms = append(forms, escaped(value)...)
	}
	return forms
}

// escaped are the forms of a value that is not only letters and digits.
func escaped(value string) []string {
	var forms []string
	for _, escape := range []func(string) string{
		url.QueryEscape, url.PathEscape, html.EscapeString, inPage, inXML, inJSON,
		func(s string) string { return inJSON(inJSON(s)) },
		func(s string) string { return strings.Trim(strconv.QuoteToASCII(s), `"`) },
	} {
		if form := escape(value); form != value {
			forms = append(forms, form)
		}
	}
	return forms
}

func inJSON(value string) string {
	raw, _ := json.Marshal(value) // A string can be marshalled.
	return strings.Trim(string(raw), `"`)
}

// inPage is what html/template makes of it: it escapes a plus.
func inPage(value string) string {
	var out strings.Builder
	_ = template.Must(template.New("").Parse("{{.}}")).Execute(&out, value) // A builder takes everything.
	return out.String()
}

func inXML(value string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(value)) // A buffer takes everything.
	return out.String()
}

// inside are the forms of a value within a longer text in base64 or base32: they
// depend on where in the text it begins. The characters that hold bits of its
// neighbours are left out. The encoding takes blocks of bytes, and a character
// holds that many bits.
func inside(raw []byte, encode func([]byte) string, block, bits int) []string {
	const enough = 6
	var forms []string
	for offset := range block {
		padded := append(make([]byte, offset), raw...)
		first, last := (offset*8+bits-1)/bits, len(padded)*8/bits
		if last-first >= enough {
			forms = append(forms, encode(padded)[first:last])
		}
	}
	return forms
}

func each(raw []byte, format string) string {
	var all strings.Builder
	for _, b := range raw {
		fmt.Fprintf(&all, format, b)
	}
	return all.String()
}

func isDigits(value string) bool {
	return value != "" && strings.Trim(value, "0123456789") == ""
}

func onlyDigits(text []byte) string {
	// The digits of an escaped plus are none of the number's.
	for _, plus := range []string{"%2B", "%2b", "&#43;", "&#x2B;", "&#x2b;", `\u002B`, `\u002b`} {
		text = bytes.TrimPrefix(text, []byte(plus))
	}
	return string(bytes.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, text))
}
