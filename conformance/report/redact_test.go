package report_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
)

const (
	plantedNumber = "+12025550143"
	plantedCode   = "481920"
	letterCode    = "ПАРОЛЬ-КОД"
	plantedToken  = `ory_st_k7Qx/2+Lq~9=sec&ret"<1`
	// The number stands in it in base64, as in Meta's message ids.
	plantedWamid = "wamid.HBgLMTIwMjU1NTAxNDMVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA"
)

func planted() *report.Redactor {
	return report.NewRedactor([]report.Secret{
		{Kind: report.Number, Value: plantedNumber},
		{Kind: report.Code, Value: plantedCode},
		{Kind: report.Code, Value: letterCode},
		{Kind: report.Token, Value: plantedToken},
		{Kind: report.Token, Value: plantedWamid},
		{Kind: report.Code, Value: ""},
		{Kind: report.Code, Value: "7"},
	})
}

// forms are the ways in which a secret turns up in what programs write.
func forms(value string) map[string]string {
	quoted, _ := json.Marshal(value)
	twice, _ := json.Marshal(string(quoted))
	all := map[string]string{
		"as it is":         value,
		"in JSON":          strings.Trim(string(quoted), `"`),
		"in JSON in JSON":  strings.Trim(string(twice), `"`),
		"in a URL's query": url.QueryEscape(value),
		"in a URL's path":  url.PathEscape(value),
		"in HTML":          html.EscapeString(value),
		"in our page":      inPage(value),
		"quoted by Go":     strings.Trim(fmt.Sprintf("%+q", value), `"`),
		"as Go's bytes":    fmt.Sprintf("%x", value),
		"hex, upper case":  strings.ToUpper(hex.EncodeToString([]byte(value))),
	}
	for name, format := range map[string]string{
		"each byte in percent": "%%%02X", "each byte in percent, lower case": "%%%02x",
		"each byte as JSON's escape": "\\u%04x", "each byte as HTML's": "&#%d;", "each byte as HTML's hex": "&#x%x;", "each byte as C's": "\\x%02x",
	} {
		var text strings.Builder
		for _, b := range []byte(value) {
			fmt.Fprintf(&text, format, b)
		}
		all[name] = text.String()
	}
	for name, encoding := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64 for URLs": base64.RawURLEncoding} {
		for shift := range 3 {
			around := strings.Repeat("#", shift) + value + "#!"
			all[fmt.Sprintf("%s, after %d bytes", name, shift)] = encoding.EncodeToString([]byte(around))
		}
	}
	for shift := range 5 {
		all[fmt.Sprintf("base32, after %d bytes", shift)] = base32.StdEncoding.EncodeToString([]byte(strings.Repeat("#", shift) + value + "#!"))
	}
	return all
}

func inPage(value string) string {
	var out strings.Builder
	_ = template.Must(template.New("").Parse("{{.}}")).Execute(&out, value)
	return out.String()
}

func TestNoSecretSurvivesInAnyForm(t *testing.T) {
	t.Parallel()
	r := planted()
	for _, secret := range []string{plantedNumber, plantedNumber[1:], plantedCode, letterCode, plantedToken, plantedWamid} {
		for name, form := range forms(secret) {
			for _, around := range []string{"%s", "to=%s&x=1", `{"to":"%s"}`, "<td>%s</td>", "(%s)", "log: %s, and again %[1]s\n"} {
				text := fmt.Sprintf(around, form)
				clean := string(r.Redact([]byte(text)))
				require.NotContains(t, clean, form, "%s, %s", secret, name)
				require.Contains(t, clean, "(", "%s, %s: it says that something is hidden", secret, name)
				require.Empty(t, inBase64(clean, secret), "%s, %s", secret, name)
			}
		}
	}
}

// inBase64 finds a secret in what a curious reader decodes.
func inBase64(text, secret string) string {
	for _, word := range strings.FieldsFunc(text, func(c rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", c)
	}) {
		for cut := range 4 {
			if cut < len(word) {
				word := word[cut:]
				raw, _ := base64.RawStdEncoding.DecodeString(word[:len(word)/4*4])
				if bytes.Contains(raw, []byte(secret)) {
					return word
				}
			}
		}
	}
	return ""
}

func TestNumbersAreHiddenAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	r := planted()
	for _, text := range []string{
		"+1 202 555 0143", "+1 (202) 555-0143", "(202) 555-0143", "202-555-0143", "2025550143", "001 202 555 0143", "0012025550143",
		"tel:+1-202-555-0143", "1.202.555.0143", "whatsapp:+12025550143", "%2B12025550143", "&#43;12025550143", `\u002b12025550143`, `\u002B12025550143`,
		"12025550143@s.whatsapp.net", "recipient_id\":\"12025550143\"",
	} {
		clean := string(r.Redact([]byte(text)))
		require.Contains(t, clean, "(number)", text)
		require.NotContains(t, clean, "555", text)
	}
}

func TestWhatIsNoSecretStays(t *testing.T) {
	t.Parallel()
	r := planted()
	for _, text := range []string{
		"2026-11-26T15:04:05.481Z", "14819201", "0.4819", "+12025550144", "answered 404 after 1.25 s",
		"POST /v24.0/106540352242922/messages", "fallback.go:47", "7 messages", "",
	} {
		require.Equal(t, text, string(r.Redact([]byte(text))))
	}
	require.Equal(t, "as it is", string((*report.Redactor)(nil).Redact([]byte("as it is"))))
	require.Equal(t, "as it is", string((&report.Redactor{}).Redact([]byte("as it is"))))
}

func TestACodeStandsAlone(t *testing.T) {
	t.Parallel()
	r := planted()
	for text, want := range map[string]string{
		"code 481920.":               "code (code).",
		`"code":"481920"`:            `"code":"(code)"`,
		"481920,481921":              "(code),481921",
		"481920 481920":              "(code) (code)",
		"at 12:00:00 481920 arrived": "at 12:00:00 (code) arrived",
		"code=481920&to=12025550143": "code=(code)&to=(number)",
		"x481920y":                   "x(code)y",
	} {
		require.Equal(t, want, string(r.Redact([]byte(text))))
	}
}
