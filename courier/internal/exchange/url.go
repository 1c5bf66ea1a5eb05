package exchange

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// IsURL reports whether text is an absolute http or https URL that can stand in
// a configuration: with a host, and without user name and fragment.
func IsURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && u.Fragment == ""
}

// ParseProxyURL reads the URL of a proxy to go through; "" means none. The error says
// what is right and quotes nothing, since a user name and password may stand there.
func ParseProxyURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // as http.ProxyURL takes it
	}
	u, err := url.Parse(text)
	if err != nil || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) || u.Hostname() == "" ||
		strings.Trim(u.Path, "/") != "" || strings.ContainsAny(text, "?#") {
		return nil, errors.New("must be a URL such as http://proxy.example.com:3128, with http, https, socks5 or socks5h, " +
			"perhaps with user:password@ before the host, and with nothing after the port")
	}
	return u, nil
}

// Join adds a path to a base URL that IsBaseURL takes.
func Join(base string, path ...string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base // IsBaseURL has refused it
	}
	return u.JoinPath(path...).String()
}

// IsBaseURL reports whether text is such a URL to which a path can be added: it
// has no query.
func IsBaseURL(text string) bool {
	return IsURL(text) && !strings.Contains(text, "?")
}
