package whatsapp_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

type received struct {
	To       string
	Template struct {
		Language   struct{ Code string }
		Components []struct {
			Parameters []struct{ Text string }
		}
	}
}

// sent returns what arrives at Meta and what Send says.
func sent(t *testing.T, o courier.Outgoing) (received, courier.Taken) {
	t.Helper()
	var got received
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"messages":[{"id":"wamid.A"}]}`)
	}))
	defer meta.Close()
	accepted, err := sender(t, config(meta.URL)).Send(t.Context(), o)
	require.NoError(t, err)
	return got, accepted
}

func except(broken ...string) func(string) bool {
	return func(variant string) bool { return !slices.Contains(broken, variant) }
}

// The sender asks for the language that it is about to use, and no further: a
// yes may be the only probe that a broken language gets.
func TestAsksForEachLanguageOnce(t *testing.T) {
	t.Parallel()
	var asked []string
	o := outgoing(t, code, "pt-BR", "de")
	o.Usable = func(variant string) bool {
		asked = append(asked, variant)
		return variant == "de"
	}
	_, accepted := sent(t, o)
	require.Equal(t, "de", accepted.Variant)
	require.Equal(t, []string{"pt_BR", "de"}, asked)
}

// The template has en_US, which is the default, pt_BR, es and de.
func TestLanguage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		locales, avoid []string
		want           string
	}{
		"none wished":             {nil, nil, "en_US"},
		"exact":                   {[]string{"pt-BR"}, nil, "pt_BR"},
		"sister":                  {[]string{"pt-PT"}, nil, "pt_BR"},
		"second wish":             {[]string{"ja", "de-AT"}, nil, "de"},
		"not there":               {[]string{"ja"}, nil, "en_US"},
		"another is broken":       {[]string{"pt-BR"}, []string{"es", "de"}, "pt_BR"},
		"broken, next wish":       {[]string{"pt-BR", "es-MX"}, []string{"pt_BR"}, "es"},
		"broken, default":         {[]string{"pt-BR"}, []string{"pt_BR"}, "en_US"},
		"default broken, wish":    {[]string{"de"}, []string{"en_US"}, "de"},
		"default broken, no wish": {nil, []string{"en_US"}, "pt_BR"},
		"default broken, not there, configured order": {[]string{"ja"}, []string{"en_US", "pt_BR"}, "es"},
		"one left": {[]string{"en"}, []string{"es", "pt_BR", "en_US", "es"}, "de"},
		"not ours": {nil, []string{"fr", ""}, "en_US"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := outgoing(t, code, tc.locales...)
			o.Usable = except(tc.avoid...)
			got, accepted := sent(t, o)
			require.Equal(t, tc.want, got.Template.Language.Code)
			require.Equal(t, tc.want, accepted.Variant)
		})
	}
}

func TestNoLanguageLeft(t *testing.T) {
	t.Parallel()
	meta := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the code was sent")
	}))
	defer meta.Close()
	o := outgoing(t, code, "de")
	o.Usable = except(config(meta.URL).Template.Languages...)
	_, err := sender(t, config(meta.URL)).Send(t.Context(), o)
	failure := requireFailure(t, err, courier.ClassRecipient)
	require.Equal(t, "no other language of the template is left", failure.Reason)
	require.Empty(t, failure.Variant, "nothing was tried")
	require.Empty(t, failure.Code)
}

// A broken language ends in itself: each answer names the one that was tried.
func TestFailureNamesItsLanguage(t *testing.T) {
	t.Parallel()
	s := sender(t, config(answering(t, http.StatusNotFound, `{"error":{"code":132001}}`).URL))
	o := outgoing(t, code, "pt")
	var failed []string
	o.Usable = func(variant string) bool { return !slices.Contains(failed, variant) }
	for _, want := range []string{"pt_BR", "en_US", "es", "de"} {
		_, err := s.Send(t.Context(), o)
		failure := requireFailure(t, err, courier.ClassTemplate)
		require.Equal(t, want, failure.Variant)
		failed = append(failed, failure.Variant)
	}
	_, err := s.Send(t.Context(), o)
	requireFailure(t, err, courier.ClassRecipient)
}

func TestVariant(t *testing.T) {
	t.Parallel()
	cfg := config("https://graph.facebook.com")
	cfg.Template.Languages = []string{"en_US", "pt_BR", "es", "zh-CN"}
	s := sender(t, cfg)
	for language, want := range map[string]string{
		"en_US": "en_US", "en-US": "en_US", "EN_us": "en_US", "pt-br": "pt_BR", "es": "es", "zh_CN": "zh-CN", "zh-CN": "zh-CN",
		// Meta has no fallback between these, so they are other templates.
		"en": "", "en_GB": "", "es_MX": "", "": "", "en_US ": "", "*": "",
	} {
		got, ours := s.Variant("kratos_login_copy_code", language)
		require.Equal(t, want, got, language)
		require.Equal(t, want != "", ours, language)
		_, ours = s.Variant("another_template", language)
		require.False(t, ours)
	}
	_, ours := s.Variant("", "en_US")
	require.False(t, ours)
}

// WhatsApp knows some numbers under other digits than their owners: Brazilian ones
// without the ninth digit, Mexican ones with the old mobile 1, Argentinian ones
// with or without the 9. It finds them by the number in force, which is therefore
// sent, and tells its own digits in wa_id, which is therefore no fault.
func TestNumbersThatWhatsAppKnowsByOtherDigits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ typed, to, waID, knownAs string }{
		"Brazil, nine digits":              {"+55 (11) 90000-0001", "+5511900000001", "551100000001", "+55********01"},
		"Brazil, eight digits":             {"+55 61 8000-0001", "+556180000001", "5561980000001", "+55*********01"},
		"Mexico":                           {"+52 55 0000 0001", "+525500000001", "5215500000001", ""},
		"Mexico, old mobile 1":             {"+5215500000001", "+525500000001", "5215500000001", ""},
		"Argentina, mobile 9":              {"+54 9 11 0000-0001", "+5491100000001", "541100000001", "+54********01"},
		"Argentina, mobile 9, same digits": {"+5491100000001", "+5491100000001", "5491100000001", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to, err := courier.ParsePhone(tc.typed)
			require.NoError(t, err)
			o := outgoing(t, code)
			o.To = to
			got, _ := sent(t, o)
			require.Equal(t, tc.to, got.To)

			answer := `{"contacts":[{"input":"` + tc.to + `","wa_id":"` + tc.waID + `"}],"messages":[{"id":"wamid.A"}]}`
			accepted, err := sender(t, config(answering(t, http.StatusOK, answer).URL)).Send(t.Context(), o)
			require.NoError(t, err)
			require.Equal(t, "wamid.A", accepted.ProviderID)
			require.Equal(t, tc.knownAs, accepted.KnownAs.Masked())
		})
	}
}
