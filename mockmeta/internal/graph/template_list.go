package graph

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// cursor is Meta's spelling of a position: base64 with = written as ZD.
func cursor(position int) string {
	return strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(position))), "=", "ZD")
}

func position(cursor string) (int, bool) {
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(cursor, "ZD", "="))
	n, err2 := strconv.Atoi(string(raw))
	return n, err == nil && err2 == nil && n >= 0
}

const (
	defaultPage = 25
	maxPage     = 250
)

func (a *API) listTemplates(c call) (any, *meta.Error) {
	q := c.r.URL.Query()
	limit, first := defaultPage, 0
	if raw := q.Get("limit"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 {
			return nil, meta.ErrorByCode(100).With("Param limit must be a positive integer.")
		}
		limit = min(n, maxPage)
	}
	if raw := q.Get("after"); raw != "" {
		n, ok := position(raw)
		if !ok {
			return nil, meta.ErrorByCode(100).With("Param after is no cursor of this list.")
		}
		first = n + 1
	}
	match := []meta.Template{}
	for _, t := range a.world.Templates.List() {
		if matches(q, t) {
			match = append(match, t)
		}
	}
	data, last := []any{}, first
	for i := first; i < len(match) && len(data) < limit; i++ {
		item, err := pick(c, templateNode, templateFields(match[i]), "name", "parameter_format", "components", "language", "status", "category", "message_send_ttl_seconds")
		if err != nil {
			return nil, err
		}
		data, last = append(data, item), i
	}
	out := map[string]any{"data": data}
	if len(data) > 0 {
		paging := map[string]any{"cursors": map[string]string{"before": cursor(first), "after": cursor(last)}}
		if last < len(match)-1 {
			paging["next"] = a.pageURL(c, "after", cursor(last))
		}
		if first > 0 {
			paging["previous"] = a.pageURL(c, "before", cursor(first))
		}
		out["paging"] = paging
	}
	return out, nil
}

// pageURL is the address of another page of the same list.
func (a *API) pageURL(c call, name, at string) string {
	q := c.r.URL.Query()
	q.Del("access_token")
	q.Del("after")
	q.Del("before")
	q.Set(name, at)
	return a.o.URL + c.r.URL.Path + "?" + q.Encode()
}

func matches(q url.Values, t meta.Template) bool {
	for name, value := range map[string]string{"name": t.Name, "status": t.Status, "language": t.Language, "category": "AUTHENTICATION"} {
		if want := q.Get(name); want != "" && !slices.ContainsFunc(alternatives(want), func(w string) bool { return strings.EqualFold(w, value) }) {
			return false
		}
	}
	part := strings.ToLower(q.Get("name_or_content"))
	return strings.Contains(t.Name, part) || strings.Contains(strings.ToLower(t.Body("{{1}}")), part)
}

// alternatives reads a filter: one value, several with commas, or a JSON array.
func alternatives(filter string) []string {
	var list []string
	if json.Unmarshal([]byte(filter), &list) == nil {
		return list
	}
	return strings.Split(filter, ",")
}
