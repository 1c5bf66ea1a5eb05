package testkit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// templateLanguages are those in which the mock has its own template.
func templateLanguages() []string { return []string{"en_US", "pt_BR", "es", "de", "fr", "hi", "ar"} }

// AddTemplate makes an authentication template with a copy-code button, as a team does at
// Meta, and lets it pass the review at once.
func (m *Mock) AddTemplate(ctx context.Context, name string) error {
	type object = map[string]any
	body, err := json.Marshal(object{
		"name": name, "languages": templateLanguages(), "category": "AUTHENTICATION",
		"components": []any{
			object{"type": "BODY"},
			object{"type": "BUTTONS", "buttons": []any{object{"type": "OTP", "otp_type": "COPY_CODE"}}},
		},
	})
	if err != nil {
		return err
	}
	answer, err := Do(ctx, http.MethodPost, m.APIURL+"/v25.0/"+MockWABAID+"/upsert_message_templates", string(body),
		"Authorization", "Bearer "+MockAccessToken, "Content-Type", "application/json")
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("template: the mock answers %d to %q: %s", answer.Status, name, answer.Body)
	}
	for _, language := range templateLanguages() {
		event := client.Event{Kind: client.TemplateStatus, Template: name, Language: language, Value: "APPROVED"}
		if err := m.Raise(ctx, event); err != nil {
			return fmt.Errorf("template: approve %q in %s: %w", name, language, err)
		}
	}
	return nil
}
