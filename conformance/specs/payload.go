package specs

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/google/uuid"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// captured are bodies that Kratos v1.3.1 and v26.2.0 posted.
//
//go:embed testdata
var captured embed.FS

const loginMessage = "v1.3.1/login_code_valid"

// payload is a captured body with another recipient and code; the identity is
// another one too, so that no two people share one.
func payload(name, phone, code string, transient map[string]any) string {
	GinkgoHelper()
	raw := capturedBody(name)
	var was struct {
		Recipient string         `json:"recipient"`
		Data      map[string]any `json:"template_data"`
	}
	Expect(json.Unmarshal([]byte(raw), &was)).To(Succeed())
	replace := []string{was.Recipient, phone}
	for _, key := range []string{"login_code", "verification_code", "registration_code"} {
		if old, ok := was.Data[key].(string); ok {
			replace = append(replace, old, code)
		}
	}
	if identity, ok := was.Data["identity"].(map[string]any); ok {
		if id, ok := identity["id"].(string); ok {
			replace = append(replace, id, uuid.NewSHA1(uuid.NameSpaceURL, []byte(phone)).String())
		}
	}
	var body map[string]any
	Expect(json.Unmarshal([]byte(strings.NewReplacer(replace...).Replace(raw)), &body)).To(Succeed())
	if transient == nil {
		transient = map[string]any{}
	}
	body["template_data"].(map[string]any)["transient_payload"] = transient
	return string(must(json.Marshal(body)))
}

// randomCode returns a code of that many digits.
func randomCode(digits int) string {
	code := make([]byte, digits)
	for i := range code {
		code[i] = byte('0' + rand.IntN(10))
	}
	return string(code)
}

// login6 is a login message with a fresh code of six digits.
func login6(phone string) string {
	GinkgoHelper()
	return payload(loginMessage, phone, randomCode(6), nil)
}

// postAs posts a body to Kratos' door with this key.
func postAs(ctx context.Context, c *testkit.Courier, key, body string) testkit.Answer {
	GinkgoHelper()
	return must(testkit.Do(ctx, http.MethodPost, c.MessagesURL(), body,
		"Content-Type", "application/json", "X-API-Key", key))
}

// accepted posts a message as Kratos does and returns the delivery's id.
func accepted(ctx context.Context, c *testkit.Courier, body string) string {
	GinkgoHelper()
	answer := postAs(ctx, c, c.KratosKey, body)
	expectHarmless(answer)
	Expect(answer.Body).To(BeEmpty(), "a body would keep a connection of Kratos open")
	id := answer.Header.Get("X-Delivery-Id")
	Expect(id).NotTo(BeEmpty(), "X-Delivery-Id")
	return id
}

// postJSON posts a JSON body; header is a list of names and values in turn.
func postJSON(ctx context.Context, url string, body any, header ...string) (testkit.Answer, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return testkit.Answer{}, err
	}
	return testkit.Do(ctx, http.MethodPost, url, string(raw),
		append(header, "Content-Type", "application/json", "Accept", "application/json")...)
}

// expectHarmless expects what neither makes Kratos post again nor sleep.
func expectHarmless(answer testkit.Answer) {
	GinkgoHelper()
	Expect(answer).To(HaveField("Status", http.StatusNoContent), fmt.Sprintf("%v", answer))
	Expect(answer.Header).NotTo(HaveKey("Retry-After"))
}

// edit changes a body at its top level and in its template data.
func edit(body string, change func(top, data map[string]any)) string {
	GinkgoHelper()
	var top map[string]any
	Expect(json.Unmarshal([]byte(body), &top)).To(Succeed())
	change(top, top["template_data"].(map[string]any))
	return string(must(json.Marshal(top)))
}

// withExpiry says how many minutes the code lives, as Kratos does from v26 on.
func withExpiry(body string, minutes int) string {
	GinkgoHelper()
	return edit(body, func(_, data map[string]any) { data["expires_in_minutes"] = minutes })
}

// unknownType is a message of a type that no Kratos has.
func unknownType(phone string) string {
	GinkgoHelper()
	return edit(login6(phone), func(top, _ map[string]any) { top["template_type"] = "no_such_type" })
}

// capturedBody is a captured body as it is.
func capturedBody(name string) string {
	GinkgoHelper()
	return string(must(captured.ReadFile("testdata/" + name + ".json")))
}
