package exchange

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestURLs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ url, base bool }{
		"https://a.example":            {true, true},
		"http://127.0.0.1:4480/":       {true, true},
		"https://[::1]:4480/path":      {true, true},
		"https://a.example/path?a=1":   {true, false},
		"https://a.example?":           {true, false},
		"https://a.example/#fragment":  {},
		"https://user:pw@a.example":    {},
		"https://user@a.example":       {},
		"https://:4480":                {},
		"https://":                     {},
		"https:a.example":              {},
		"ftp://a.example":              {},
		"//a.example":                  {},
		"/path":                        {},
		"":                             {},
		"https://a.example/%zz":        {},
		"https://a.example\n.evil.org": {},
	} {
		require.Equal(t, want.url, IsURL(text), text)
		require.Equal(t, want.base, IsBaseURL(text), text)
	}
}
