package graph

import (
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// previewTemplates shows Meta's words in many languages.
func (a *API) previewTemplates(c call) (any, *meta.Error) {
	q := c.r.URL.Query()
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
