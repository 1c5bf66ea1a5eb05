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
		if got := m.Match([]string{wanted, wanted}); got != "en_US" && got != "pt_BR" {
			t.Fatal(got)
		}
	})
}
