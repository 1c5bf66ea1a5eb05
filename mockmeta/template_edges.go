package mockmeta

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

func (g *graphAPI) createTemplate(call graphCall) (any, *meta.Error) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	req, err := meta.ParseCreate(p, g.opts.Lenient)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.templates.creatable(req.Name, req.Languages[0], g.clock.Now()); err != nil {
		return nil, err
	}
	t := g.templates.add(req.TemplateSpec, req.Languages[0], meta.TemplatePending)
	g.review(t)
	return map[string]string{"id": t.ID, "status": t.Status, "category": "AUTHENTICATION"}, nil
}

// upsertTemplates makes a template in many languages, or changes it in those
// where it is there.
func (g *graphAPI) upsertTemplates(call graphCall) (any, *meta.Error) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	req, err := meta.ParseUpsert(p, g.opts.Lenient)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	fresh := 0
	for _, l := range req.Languages {
		if g.templates.find(req.Name, l) == nil {
			fresh++
		}
	}
	if err := g.templates.room(fresh); err != nil {
		return nil, err
	}
	data := []any{}
	for _, l := range req.Languages {
		t := g.templates.find(req.Name, l)
		if t == nil {
			t = g.templates.add(req.TemplateSpec, l, meta.TemplatePending)
			g.review(t)
		} else {
			t.TemplateSpec = req.TemplateSpec
		}
		data = append(data, map[string]string{"id": t.ID, "status": t.Status, "language": l})
	}
	return map[string]any{"data": data}, nil
}

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

func (g *graphAPI) listTemplates(call graphCall) (any, *meta.Error) {
	q := call.r.URL.Query()
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
	g.mu.Lock()
	defer g.mu.Unlock()
	match := []*template{}
	for _, t := range g.templates.list {
		if matches(q, t) {
			match = append(match, t)
		}
	}
	data, last := []any{}, first
	for i := first; i < len(match) && len(data) < limit; i++ {
		item, err := pick(call, templateNode, match[i].fields(), "name", "parameter_format", "components", "language", "status", "category", "message_send_ttl_seconds")
		if err != nil {
			return nil, err
		}
		data, last = append(data, item), i
	}
	out := map[string]any{"data": data}
	if len(data) > 0 {
		paging := map[string]any{"cursors": map[string]string{"before": cursor(first), "after": cursor(last)}}
		if last < len(match)-1 {
			paging["next"] = g.pageURL(call, "after", cursor(last))
		}
		if first > 0 {
			paging["previous"] = g.pageURL(call, "before", cursor(first))
		}
		out["paging"] = paging
	}
	return out, nil
}

// pageURL is the address of another page of the same list.
func (g *graphAPI) pageURL(call graphCall, name, at string) string {
	q := call.r.URL.Query()
	q.Del("access_token")
	q.Del("after")
	q.Del("before")
	q.Set(name, at)
	return g.apiURL + call.r.URL.Path + "?" + q.Encode()
}

func matches(q url.Values, t *template) bool {
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

// fields are all fields of a template, as it is stored: the button has become a
// URL button.
func (t *template) fields() map[string]any {
	w := meta.WordingOf(t.Language)
	body := map[string]any{"type": "BODY", "text": t.Body("{{1}}"), "example": map[string]any{"body_text": [][]string{{"123456"}}}}
	if t.Security {
		body["add_security_recommendation"] = true
	}
	components := []any{body}
	link := "https://www.whatsapp.com/otp/code/?otp_type=" + t.OTPType
	if t.Expiry > 0 {
		components = append(components, map[string]any{"type": "FOOTER", "text": t.Footer(), "code_expiration_minutes": t.Expiry})
		link += "&code_expiration_minutes=" + strconv.Itoa(t.Expiry)
	}
	link += "&code=otp"
	text := t.ButtonText
	if text == "" {
		text = w.Copy
	}
	components = append(components, map[string]any{"type": "BUTTONS", "buttons": []any{
		map[string]any{"type": "URL", "text": text, "url": link + "{{1}}", "example": []string{link + "123456"}},
	}})
	return map[string]any{
		"id": t.ID, "name": t.Name, "language": t.Language, "status": t.Status, "category": "AUTHENTICATION",
		"parameter_format": "POSITIONAL", "components": components, "message_send_ttl_seconds": t.TTL,
		"quality_score": map[string]any{"score": "UNKNOWN"}, "rejected_reason": "NONE", "previous_category": "AUTHENTICATION",
	}
}

func (g *graphAPI) getTemplate(call graphCall) (any, *meta.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.templates.byID(call.node)
	if t == nil {
		return nil, unsupported(call)
	}
	return pick(call, templateNode, t.fields(), "name", "parameter_format", "components", "language", "status", "category", "message_send_ttl_seconds")
}

// editTemplate changes a template; an approved one goes into review again.
func (g *graphAPI) editTemplate(call graphCall) (any, *meta.Error) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	edit, err := meta.ParseEdit(p, g.opts.Lenient)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.templates.byID(call.node)
	if t == nil {
		return nil, unsupported(call)
	}
	if err := t.recordEdit(g.clock.Now()); err != nil {
		return nil, err
	}
	t.TemplateSpec, t.Status = edit.Of(t.TemplateSpec), meta.TemplatePending
	g.review(t)
	return success, nil
}

func (g *graphAPI) deleteTemplate(call graphCall) (any, *meta.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.templates.remove(g.clock.Now(), func(t *template) bool { return t.ID == call.node }) == 0 {
		return nil, unsupported(call)
	}
	return success, nil
}

// deleteTemplates deletes a name in all languages, or one of them by hsm_id.
func (g *graphAPI) deleteTemplates(call graphCall) (any, *meta.Error) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	name, id := p.Need("name"), p.Text("hsm_id")
	if err := p.Err(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.templates.remove(g.clock.Now(), func(t *template) bool { return t.Name == name && (id == "" || t.ID == id) })
	if n == 0 {
		return nil, meta.TemplateError(2593002, "Message template not found", "There is no template with that name.")
	}
	return success, nil
}

// previewTemplates shows Meta's words in many languages.
func (g *graphAPI) previewTemplates(call graphCall) (any, *meta.Error) {
	q := call.r.URL.Query()
	if !strings.EqualFold(q.Get("category"), "AUTHENTICATION") {
		return nil, meta.ErrorByCode(100).With("Param category must be AUTHENTICATION.")
	}
	expiry := 0
	if raw := q.Get("code_expiration_minutes"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 || n > meta.MaxExpiry {
			return nil, meta.ErrorByCode(100).With("Param code_expiration_minutes must be between 1 and %d.", meta.MaxExpiry)
		}
		expiry = n
	}
	codes := meta.Languages()
	if raw := q.Get("languages"); raw != "" {
		codes = strings.Split(raw, ",")
	}
	data := []any{}
	for _, code := range codes {
		if err := meta.CheckLanguage(code); err != nil {
			return nil, err
		}
		t := meta.Template{Language: code, TemplateSpec: meta.TemplateSpec{Security: q.Get("add_security_recommendation") == "true", Expiry: expiry}}
		w := meta.WordingOf(code)
		item := map[string]any{"body": t.Body("{{1}}"), "language": code, "buttons": []any{map[string]string{"text": w.Copy, "autofill_text": w.Autofill}}}
		if expiry > 0 {
			item["footer"] = t.Footer()
		}
		data = append(data, item)
	}
	return map[string]any{"data": data}, nil
}
