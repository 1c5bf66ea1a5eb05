package exchange

import (
	"net/url"
	"strings"
)

// IsURL reports whether text is an absolute http or https URL that can stand in
// a configuration: with a host, and without user name and fragment.
func IsURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && u.Fragment == ""
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
