package sms

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func outgoing(t *testing.T, code string, life time.Duration, locales ...string) courier.Outgoing {
	t.Helper()
	to, err := courier.ParsePhone("+12025550143")
	require.NoError(t, err)
	secret, err := courier.NewCode(code)
	require.NoError(t, err)
	return courier.Outgoing{To: to, Code: secret, Life: life, Locales: locales, Reference: "0190.2"}
}

func texts(t testing.TB, sources map[string]string) *Texts {
	t.Helper()
	made, err := NewTexts(sources, "")
	require.NoError(t, err)
	return made
}

func TestRender(t *testing.T) {
	t.Parallel()
	own := texts(t, map[string]string{"en": "EN {{.Code}} {{.Minutes}}", "pt_BR": "PT {{.Code}} {{.Minutes}}"})
	only := texts(t, map[string]string{"pt": "PT {{.Code}}"})
	for name, tc := range map[string]struct {
		texts   *Texts
		code    string
		life    time.Duration
		locales []string
		want    string
	}{
		"built in":           {texts(t, nil), "481920", 5 * time.Minute, nil, "481920 is your verification code. It expires in 5 min. Do not share it with anyone."},
		"built in, language": {texts(t, nil), "481920", 5 * time.Minute, []string{"de-AT"}, "481920 ist Ihr Code. Er gilt noch 5 Min. Geben Sie ihn niemandem weiter."},
		"language":           {own, "481920", 5 * time.Minute, []string{"pt-PT"}, "PT 481920 5"},
		"unknown language":   {own, "481920", 5 * time.Minute, []string{"ja"}, "EN 481920 5"},
		"own replace ours":   {own, "481920", 5 * time.Minute, []string{"de"}, "EN 481920 5"},
		"the only one":       {only, "481920", 5 * time.Minute, []string{"en"}, "PT 481920"},
		"just sent":          {own, "481920", 5*time.Minute - 15*time.Second, nil, "EN 481920 5"},
		"a little later":     {own, "481920", 5*time.Minute - 16*time.Second, nil, "EN 481920 4"},
		"after WhatsApp":     {own, "481920", 5*time.Minute - 30*time.Second, nil, "EN 481920 4"},
		"at least one":       {own, "481920", 12 * time.Second, nil, "EN 481920 1"},
		"verbatim":           {own, `00<"&{{.}}`, time.Minute, nil, `EN 00<"&{{.}} 1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := tc.texts.render(outgoing(t, tc.code, tc.life, tc.locales...))
			require.NoError(t, err)
			require.Equal(t, tc.want, text)
		})
	}
}

func TestNewTextsReportsAllFaultsByPath(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sources map[string]string
		want    []string
	}{
		"no code":       {map[string]string{"en": "Hello"}, []string{"sms.texts.en: must contain {{.Code}}"}},
		"no template":   {map[string]string{"en": "{{.Code"}, []string{"sms.texts.en: is no Go template"}},
		"unknown field": {map[string]string{"en": "{{.Code}} {{.Name}}"}, []string{"sms.texts.en: knows {{.Code}} and {{.Minutes}} only"}},
		"no English":    {map[string]string{"de": "{{.Code}}", "pt": "{{.Code}}"}, []string{"sms.texts.en: is missing"}},
		"no language":   {map[string]string{"en": "{{.Code}}", "German": "{{.Code}}"}, []string{`sms.texts: "German"`}},
		"several":       {map[string]string{"en": "", "de": "x", "pt": "{{.Code}}"}, []string{"sms.texts.en:", "sms.texts.de:"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewTexts(tc.sources, "")
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestTextThatFailsOnlyForSomeMessages(t *testing.T) {
	t.Parallel()
	sneaky := texts(t, map[string]string{"en": "{{.Code}}{{if eq .Minutes 1}}{{slice .Code 99}}{{end}}"})
	_, err := sneaky.render(outgoing(t, "481920", time.Minute))
	var failure *courier.DeliveryError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, courier.ClassConfig, failure.Class)
	require.Contains(t, failure.Reason, "sms.texts.en")
	require.NotContains(t, err.Error(), "481920")
	require.NoError(t, failure.Cause)
}

// gsm is the basic alphabet of GSM 03.38, as far as our texts may need it.
const gsm = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

func TestBuiltInTextsFitOneSegment(t *testing.T) {
	t.Parallel()
	for language := range builtIn() {
		text, err := texts(t, nil).render(outgoing(t, "481920", 10*time.Minute, language))
		require.NoError(t, err)
		limit, length := 70, len(utf16.Encode([]rune(text)))
		if strings.Trim(text, gsm) == "" {
			limit = 160
		}
		require.LessOrEqual(t, length, limit, "%s: %s", language, text)
		require.True(t, strings.HasPrefix(text, "481920 "), language)
		require.Contains(t, text, "10", language)
	}
}

// The last line is as WICG's "Origin-bound one-time codes delivered via SMS" has it.
func TestTheLastLineNamesThePage(t *testing.T) {
	t.Parallel()
	own, err := NewTexts(map[string]string{"en": "{{.Code}} is your code."}, "login.example.com")
	require.NoError(t, err)
	text, err := own.render(outgoing(t, "012345", time.Minute))
	require.NoError(t, err)
	require.Equal(t, "012345 is your code.\n\n@login.example.com #012345", text)
}
