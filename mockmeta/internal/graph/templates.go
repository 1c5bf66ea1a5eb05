package graph

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

func (a *API) createTemplate(c call) (any, *meta.Error) {
	p, err := c.params()
	if err != nil {
		return nil, err
	}
	req, err := meta.ParseCreate(p, a.o.Lenient)
	if err != nil {
		return nil, err
	}
	t, err := a.world.Templates.Create(req.TemplateSpec, req.Languages[0])
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": t.ID, "status": t.Status, "category": "AUTHENTICATION"}, nil
}

// upsertTemplates makes a template in many languages, or changes it in those
// where it is there.
func (a *API) upsertTemplates(c call) (any, *meta.Error) {
	p, err := c.params()
	if err != nil {
		return nil, err
	}
	req, err := meta.ParseUpsert(p, a.o.Lenient)
	if err != nil {
		return nil, err
	}
	list, err := a.world.Templates.Upsert(req)
	if err != nil {
		return nil, err
	}
	data := []any{}
	for _, t := range list {
		data = append(data, map[string]string{"id": t.ID, "status": t.Status, "language": t.Language})
	}
	return map[string]any{"data": data}, nil
}

func (a *API) getTemplate(c call) (any, *meta.Error) {
	t, ok := a.world.Templates.Get(c.node)
	if !ok {
		return nil, unsupported(c)
	}
	return pick(c, templateNode, templateFields(t), "name", "parameter_format", "components", "language", "status", "category", "message_send_ttl_seconds")
}

// editTemplate changes a template; an approved one goes into review again.
func (a *API) editTemplate(c call) (any, *meta.Error) {
	p, err := c.params()
	if err != nil {
		return nil, err
	}
	edit, err := meta.ParseEdit(p, a.o.Lenient)
	if err != nil {
		return nil, err
	}
	found, err := a.world.Templates.Edit(c.node, edit)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, unsupported(c)
	}
	return success(), nil
}

func (a *API) deleteTemplate(c call) (any, *meta.Error) {
	if a.world.Templates.Delete(func(t meta.Template) bool { return t.ID == c.node }) == 0 {
		return nil, unsupported(c)
	}
	return success(), nil
}

// deleteTemplates deletes a name in all languages, or one of them by hsm_id.
func (a *API) deleteTemplates(c call) (any, *meta.Error) {
	p, err := c.params()
	if err != nil {
		return nil, err
	}
	name, id := p.Need("name"), p.Text("hsm_id")
	if err := p.Err(); err != nil {
		return nil, err
	}
	n := a.world.Templates.Delete(func(t meta.Template) bool { return t.Name == name && (id == "" || t.ID == id) })
	if n == 0 {
		return nil, meta.TemplateError(2593002, "Message template not found", "There is no template with that name.")
	}
	return success(), nil
}

// templateFields are all fields of a template, as it is stored: the button has become a
// URL button.
func templateFields(t meta.Template) map[string]any {
	w := meta.WordingOf(t.Language)
	body := map[string]any{"type": "BODY", "text": t.Body("{{1}}"), "example": map[string]any{"body_text": [][]string{{"123456"}}}}
	if t.Security {
		body["add_security_recommendation"] = true
	}
	components := []any{body}
	link := "https://www.whatsapp.com/otp/code/?otp_type=" + t.OTPType + tapQuery(t)
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

// tapQuery is what the stored link of a one-tap or zero-tap button says of it: the text of
// its button and the apps.
func tapQuery(t meta.Template) string {
	if len(t.Apps) == 0 {
		return ""
	}
	var packages, hashes []string
	for _, app := range t.Apps {
		packages, hashes = append(packages, app.Package), append(hashes, app.Hash)
	}
	return "&cta_display_name=" + url.QueryEscape(t.Screen().Autofill) +
		"&package_name=" + url.QueryEscape(strings.Join(packages, ",")) + "&signature_hash=" + url.QueryEscape(strings.Join(hashes, ","))
}
