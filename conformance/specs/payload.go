package specs

import (
	"embed"
	"encoding/json"
	"math/rand/v2"
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
	secret(testkit.Number, phone)
	secret(testkit.Code, code)
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
	return login6With(phone, nil)
}

// login6With also has a transient payload, which a sign-in page sends along.
func login6With(phone string, transient map[string]any) string {
	GinkgoHelper()
	return payload(loginMessage, phone, randomCode(6), transient)
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

// bySMS is what a sign-in page sends along when the person asks for an SMS.
func bySMS() map[string]any { return map[string]any{"channel": "sms"} }

// capturedBody is a captured body as it is.
func capturedBody(name string) string {
	GinkgoHelper()
	return string(must(captured.ReadFile("testdata/" + name + ".json")))
}
