package specs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// reportOf is one status as Meta documents it (webhooks/reference/messages/status).
func reportOf(m client.Message, status string) map[string]any {
	return map[string]any{
		"id": m.ID, "status": status, "timestamp": strconv.FormatInt(time.Now().Unix(), 10),
		"recipient_id": m.To[1:], "biz_opaque_callback_data": m.CallbackData,
	}
}

// reportBody is a webhook body with these statuses; more goes into its value.
func reportBody(statuses []map[string]any, more map[string]any) string {
	GinkgoHelper()
	value := map[string]any{
		"messaging_product": "whatsapp",
		"metadata":          map[string]any{"display_phone_number": "15550100123", "phone_number_id": testkit.MockPhoneNumberID},
		"statuses":          statuses,
	}
	for name, v := range more {
		value[name] = v
	}
	return webhookBody("messages", value)
}

// webhookBody is a webhook body with one change of a field.
func webhookBody(field string, value map[string]any) string {
	GinkgoHelper()
	return string(must(json.Marshal(map[string]any{
		"object": "whatsapp_business_account",
		"entry": []any{map[string]any{
			"id": testkit.MockWABAID, "time": time.Now().Unix(),
			"changes": []any{map[string]any{"field": field, "value": value}},
		}},
	})))
}

// oneReport is the body of one status.
func oneReport(m client.Message, status string) string {
	GinkgoHelper()
	return reportBody([]map[string]any{reportOf(m, status)}, nil)
}

// sign computes X-Hub-Signature-256 over the bytes.
func sign(body, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// challenge is what Meta wants to have echoed in the handshake.
const challenge = "1158201444"

// shakeHands asks the webhook what Meta asks before it subscribes.
func (d deployment) shakeHands(ctx context.Context, mode, token string) testkit.Answer {
	GinkgoHelper()
	needs(viaWebhook)
	query := url.Values{"hub.mode": {mode}, "hub.verify_token": {token}, "hub.challenge": {challenge}}
	return must(testkit.Do(ctx, http.MethodGet, d.Courier.WebhookURL()+"?"+query.Encode(), ""))
}

// report posts a body to the webhook as Meta does, signed, and expects that it is
// accepted.
func (d deployment) report(ctx context.Context, body string) {
	GinkgoHelper()
	Expect(d.reportAs(ctx, body, sign(body, testkit.MockAppSecret))).To(HaveField("Status", http.StatusOK))
}

// reportAs posts a body to the webhook with this signature; an empty one leaves
// the header out.
func (d deployment) reportAs(ctx context.Context, body, signature string) testkit.Answer {
	GinkgoHelper()
	needs(viaWebhook)
	header := []string{"Content-Type", "application/json"}
	if signature != "" {
		header = append(header, "X-Hub-Signature-256", signature)
	}
	return must(testkit.Do(ctx, http.MethodPost, d.Courier.WebhookURL(), body, header...))
}

// expectReport waits until the mock has reported a status of a message, and the
// courier has answered.
func (d deployment) expectReport(ctx context.Context, messageID, status string) {
	GinkgoHelper()
	needs(viaWebhook)
	limited, cancel := context.WithTimeout(ctx, d.patience()+time.Second)
	defer cancel()
	Expect(d.Mock.WaitForStatus(limited, messageID, status)).To(Succeed())
}

// givenReport waits until the mock has reported a status of a message where the
// courier's answer to it is not the question.
func (d deployment) givenReport(ctx context.Context, m client.Message, status string) {
	GinkgoHelper()
	given("Meta reports "+status, func() { d.expectReport(ctx, m.ID, status) })
}

// letReportsArrive waits for Meta's reports of a message before the courier is stopped: without
// them it rightly sends an SMS when it is there again. Whether it takes them is not the question.
func letReportsArrive(ctx context.Context, d deployment, m client.Message) {
	if !d.Courier.TakesReports() {
		return
	}
	limited, cancel := context.WithTimeout(ctx, d.patience())
	defer cancel()
	_ = d.Mock.WaitForStatus(limited, m.ID, "delivered")
}

// sendOnly posts a login message to a phone that is switched off, and returns
// once Meta has reported it as sent: all later reports are the spec's.
func (d deployment) sendOnly(ctx context.Context) (id string, m client.Message) {
	GinkgoHelper()
	phone := d.Numbers.Next()
	d.switchOff(ctx, phone)
	id = d.post(ctx, login6(phone))
	m = d.givenMessage(ctx, phone, client.WhatsApp)
	d.givenReport(ctx, m, "sent")
	return id, m
}
