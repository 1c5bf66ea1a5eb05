package locale_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/locale"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	m, err := locale.NewMatcher("en_US", "pt_BR", "es", "de", "zh_CN", "zh_TW", "ar")
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		wanted []string
		want   string
	}{
		"nothing wanted":        {nil, "en_US"},
		"exact":                 {[]string{"pt-BR"}, "pt_BR"},
		"Meta's spelling":       {[]string{"pt_BR"}, "pt_BR"},
		"language alone":        {[]string{"pt"}, "pt_BR"},
		"sister":                {[]string{"pt-PT"}, "pt_BR"},
		"regional":              {[]string{"es-MX"}, "es"},
		"British":               {[]string{"en-GB"}, "en_US"},
		"traditional Chinese":   {[]string{"zh-Hant-HK"}, "zh_TW"},
		"simplified Chinese":    {[]string{"zh-SG"}, "zh_CN"},
		"unknown language":      {[]string{"ja"}, "en_US"},
		"second wish":           {[]string{"ja", "ar-EG"}, "ar"},
		"rubbish before a wish": {[]string{"", "not a tag", "../../etc", "de"}, "de"},
		"only rubbish":          {[]string{"*", "xx-yy-zz-😀"}, "en_US"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, m.Match(tc.wanted))
		})
	}
}

// A related language is another language. The first is the default.
func TestDistantLanguagesGetTheDefault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		names  []string
		wanted []string
		want   string
	}{
		{[]string{"en", "ru", "es"}, []string{"uk"}, "en"},
		{[]string{"en", "ru", "es"}, []string{"eu"}, "en"},
		{[]string{"en", "ru", "es"}, []string{"ca"}, "en"},
		{[]string{"en", "ru", "es"}, []string{"gl"}, "en"},
		{[]string{"en", "ru", "es"}, []string{"be"}, "en"},
		{[]string{"en", "ru", "es"}, []string{"ky"}, "en"},
		{[]string{"en", "fr"}, []string{"br"}, "en"},
		{[]string{"en", "hi"}, []string{"ta"}, "en"},
		{[]string{"en", "zh_CN"}, []string{"zh-Hant"}, "en"},
		{[]string{"en", "zh_CN"}, []string{"yue"}, "en"},
		{[]string{"en", "ar"}, []string{"fa"}, "en"},
		{[]string{"ru", "en"}, []string{"uk"}, "ru"}, // the default, whatever it is
		{[]string{"ru", "en", "es"}, []string{"uk", "en"}, "en"},
		{[]string{"en", "ru", "es"}, []string{"eu", "es"}, "es"},
		{[]string{"en", "nb"}, []string{"no"}, "nb"},
		{[]string{"en", "nb"}, []string{"nn"}, "nb"},
		{[]string{"en", "da"}, []string{"nb"}, "en"},
		{[]string{"en", "de"}, []string{"gsw"}, "de"},
		{[]string{"en", "hr"}, []string{"sr-Latn"}, "en"},
		{[]string{"en", "ru"}, []string{"kk"}, "en"},
		{[]string{"en", "fr"}, []string{"wo", "fr-SN"}, "fr"},
		{[]string{"de", "en", "pt_BR"}, []string{"is", "pt-BR"}, "pt_BR"},
		{[]string{"en", "fil"}, []string{"tl"}, "fil"},
		{[]string{"en", "he"}, []string{"iw"}, "he"},
		{[]string{"en", "id"}, []string{"in"}, "id"},
	} {
		m, err := locale.NewMatcher(c.names...)
		require.NoError(t, err)
		require.Equal(t, c.want, m.Match(c.wanted), "%v of %v", c.wanted, c.names)
	}
}

func TestWithout(t *testing.T) {
	t.Parallel()
	// As callers do: the default first, and once more in its place.
	all, err := locale.NewMatcher("en_US", "pt_BR", "en_US", "es", "de")
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		without, wanted []string
		want            string
	}{
		"nothing":           {nil, []string{"pt"}, "pt_BR"},
		"unknown":           {[]string{"fr", "pt-BR"}, []string{"pt"}, "pt_BR"},
		"the wanted one":    {[]string{"pt_BR"}, []string{"pt"}, "en_US"},
		"the default":       {[]string{"en_US"}, []string{"en"}, "pt_BR"},
		"all but one":       {[]string{"de", "pt_BR", "en_US"}, []string{"de"}, "es"},
		"repeated":          {[]string{"es", "es"}, []string{"es", "de"}, "de"},
		"regional to other": {[]string{"es"}, []string{"es-MX", "pt-PT"}, "pt_BR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rest, left := all.Without(tc.without...)
			require.True(t, left)
			require.Equal(t, tc.want, rest.Match(tc.wanted))
		})
	}
	_, left := all.Without("de", "es", "en_US", "pt_BR")
	require.False(t, left)
	require.Equal(t, "es", all.Match([]string{"es"}), "the matcher itself was changed")
}

func TestNewMatcherNamesTheFault(t *testing.T) {
	t.Parallel()
	_, err := locale.NewMatcher("en", "english, please")
	require.ErrorContains(t, err, "english, please")
}

func FuzzMatch(f *testing.F) {
	m, err := locale.NewMatcher("en_US", "pt_BR")
	require.NoError(f, err)
	f.Add("pt-PT")
	f.Add("x-\xff")
	f.Fuzz(func(t *testing.T, wanted string) {
		rest, left := m.Without(wanted, "en_US")
		if !left && wanted != "pt_BR" || left && rest.Match([]string{wanted}) != "pt_BR" {
			t.Fatal(wanted)
		}
		if got := m.Match([]string{wanted, wanted}); got != "en_US" && got != "pt_BR" {
			t.Fatal(got)
		}
	})
}
