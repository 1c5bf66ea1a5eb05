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

func TestProxyURLs(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"http://proxy.example:3128", "https://proxy.example/", "http://user:secret@10.0.0.1:8080", "socks5://[::1]:1080", "socks5h://proxy.example",
	} {
		u, err := ParseProxyURL(text)
		require.NoError(t, err, text)
		require.Equal(t, text, u.String())
	}
	for _, text := range []string{
		"proxy.example:3128", "10.0.0.1:3128", "//secret.example", "ftp://secret.example", "http://", "http://user:secret@", "http://:3128", "http://secret.example/path",
		"http://secret.example?a=b", "http://secret.example?", "http://secret.example#f", "http://secret.example:port", "http://user:secret@a.example\n",
	} {
		_, err := ParseProxyURL(text)
		require.ErrorContains(t, err, "http://proxy.example.com:3128", text)
		require.NotContains(t, err.Error(), "secret")
	}
	none, err := ParseProxyURL("")
	require.NoError(t, err)
	require.Nil(t, none)
}
