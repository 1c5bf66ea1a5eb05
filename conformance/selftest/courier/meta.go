package courier

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// outcome is what came of one request to a provider.
type outcome struct {
	id   string // of the message that was taken
	code int    // that the provider gave for a refusal
	// status is the HTTP status; 0 when there was no answer, so that nobody knows
	// whether the message was taken.
	status int
}

// What Meta's error codes mean for a courier; from its page of error codes.

func (o outcome) taken() bool   { return o.id != "" }
func (o outcome) unknown() bool { return o.status == 0 }

// throttled: later, and the same message.
func (o outcome) throttled() bool { return o.code == 130429 || o.code == 131056 || o.code == 80007 }

func (o outcome) transient() bool {
	return o.throttled() || o.code == 131016 || o.code == 131000 || o.code == 0 && (o.status >= 500 || o.status == http.StatusTooManyRequests)
}

// account faults are everyone's.
func (o outcome) account() bool {
	return o.code == 190 || o.code == 131042 || o.code == 131031 || o.code == 10 || o.code == 368
}

func (o outcome) missingLanguage() bool { return o.code >= 132000 && o.code < 133000 }

func (o outcome) notOnWhatsApp() bool { return o.code == 131026 }

// sendWhatsApp asks Meta once.
func (c *Courier) sendWhatsApp(ctx context.Context, d *delivery, language string) outcome {
	parameters := []any{map[string]any{"type": "text", "text": d.Code}}
	components := []any{map[string]any{"type": "body", "parameters": parameters}}
	if c.o.Fault != codeOnlyInBody {
		components = append(components, map[string]any{
			"type": "button", "sub_type": "url", "index": "0", "parameters": parameters,
		})
	}
	to := d.Phone
	if c.o.Fault == toWithoutPlus {
		to = strings.TrimPrefix(to, "+")
	}
	body, err := json.Marshal(map[string]any{
		"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "template",
		"template":                 map[string]any{"name": c.o.Template, "language": map[string]any{"code": language}, "components": components},
		"biz_opaque_callback_data": d.ID,
	})
	if err != nil {
		return outcome{status: http.StatusBadRequest}
	}
	url := fmt.Sprintf("%s/%s/%s/messages", c.o.MetaURL, c.o.MetaVersion, c.o.PhoneNumberID)
	var answer struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
		Error struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	status := c.ask(ctx, url, bytes.NewReader(body), &answer, d.left(c.o), func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+c.o.MetaToken)
		r.Header.Set("Content-Type", "application/json")
	})
	out := outcome{status: status, code: answer.Error.Code}
	if status == http.StatusOK && len(answer.Messages) == 1 {
		out.id = answer.Messages[0].ID
	}
	return out
}
