package backfill

import (
	"context"
	"net/url"
	"regexp"
	"strconv"

	kratos "github.com/ory/kratos-client-go"
)

// Count is how many identities there are, or 0 if Kratos does not say. It says so only to who
// asks for a page by its number (seen with v1.3.1), which is no way to read them all: pages
// shift when an identity is deleted.
func Count(ctx context.Context, admin *kratos.APIClient) int {
	_, answer, err := admin.IdentityAPI.ListIdentities(ctx).Page(0).PerPage(1).Execute()
	if statusOf(answer); err != nil {
		return 0 // a run meets the same fault and tells it
	}
	total, err := strconv.Atoi(answer.Header.Get("X-Total-Count"))
	if err != nil || total < 0 {
		return 0
	}
	return total
}

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
