package backfill

import (
	"net/url"
	"regexp"
)

// nextToken reads the token of the next page from a Link header (RFC 8288), or "" when
// this was the last one.
func nextToken(link string) string {
	found := regexp.MustCompile(`<([^>]*)>\s*;\s*rel="next"`).FindStringSubmatch(link)
	if found == nil {
		return ""
	}
	next, err := url.Parse(found[1])
	if err != nil {
		return ""
	}
	return next.Query().Get("page_token")
}
