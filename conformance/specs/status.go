package specs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// metaStatus is one status as Meta documents it (webhooks/reference/messages/status).
func metaStatus(m client.Message, status string) map[string]any {
	return map[string]any{
		"id": m.ID, "status": status, "timestamp": strconv.FormatInt(time.Now().Unix(), 10),
		"recipient_id": m.To[1:], "biz_opaque_callback_data": m.CallbackData,
	}
}

// metaBody is a webhook body with these statuses; more goes into its value.
func metaBody(statuses []map[string]any, more map[string]any) string {
	GinkgoHelper()
	value := map[string]any{
		"messaging_product": "whatsapp",
		"metadata":          map[string]any{"display_phone_number": "15550100123", "phone_number_id": testkit.MockPhoneNumberID},
		"statuses":          statuses,
	}
	for name, v := range more {
		value[name] = v
	}
	return accountBody("messages", value)
}

// accountBody is a webhook body with one change of a field.
func accountBody(field string, value map[string]any) string {
	GinkgoHelper()
	return string(must(json.Marshal(map[string]any{
		"object": "whatsapp_business_account",
		"entry": []any{map[string]any{
			"id": testkit.MockWABAID, "time": time.Now().Unix(),
			"changes": []any{map[string]any{"field": field, "value": value}},
		}},
	})))
}

// oneStatus is the body of one status.
func oneStatus(m client.Message, status string) string {
	GinkgoHelper()
	return metaBody([]map[string]any{metaStatus(m, status)}, nil)
}

// sign computes X-Hub-Signature-256 over the bytes.
func sign(body, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// postStatus posts a body to the webhook as Meta does, with this signature; an
// empty one leaves the header out.
func postStatus(ctx context.Context, c *testkit.Courier, body, signature string) testkit.Answer {
	GinkgoHelper()
	header := []string{"Content-Type", "application/json"}
	if signature != "" {
		header = append(header, "X-Hub-Signature-256", signature)
	}
	return must(testkit.Do(ctx, http.MethodPost, c.WebhookURL(), body, header...))
}
