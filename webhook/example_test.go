package webhook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

func ExampleNew() {
	handler := webhook.New(
		webhook.Config{AppSecrets: []string{"app-secret"}, VerifyToken: "a-word-we-chose"},
		func(_ context.Context, events []webhook.Event) error {
			for _, e := range events {
				if e.Kind == webhook.KindStatus {
					fmt.Println(e.MessageID, "is", e.Status, "at", e.At)
				}
			}
			return nil // only when they are safe: Meta forgets them after a 200
		})

	body := `{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages",
		"value":{"statuses":[{"id":"wamid.A","status":"delivered","timestamp":"1794492803"}]}}]}]}`
	request := httptest.NewRequest(http.MethodPost, "/webhooks/meta", strings.NewReader(body))
	request.Header.Set("X-Hub-Signature-256", sign("app-secret", []byte(body)))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	fmt.Println(answer.Code)

	// Output:
	// wamid.A is delivered at 2026-11-12 14:13:23 +0000 UTC
	// 200
}
