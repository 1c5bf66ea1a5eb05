package testkit

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/google/uuid"
	"github.com/nyaruka/phonenumbers"
)

// People returns n invented numbers, each once: those that North America keeps
// for films, over all its area codes.
func People(n int) ([]string, error) {
	numbers := make([]string, 0, n)
	for line := range 100 {
		for area := 201; area < 990; area++ {
			number := fmt.Sprintf("+1%d55501%02d", area, line)
			parsed, err := phonenumbers.Parse(number, "")
			if err != nil || !phonenumbers.IsValidNumber(parsed) {
				continue
			}
			if numbers = append(numbers, number); len(numbers) == n {
				return numbers, nil
			}
		}
	}
	return nil, fmt.Errorf("there are %d invented numbers, not %d: lower the rate or the time", len(numbers), n)
}

// RandomCode returns six digits. They open nothing.
func RandomCode() string { return fmt.Sprintf("%06d", rand.IntN(1_000_000)) } // #nosec G404 -- a code that opens nothing.

// LoginMessage is what Kratos v1.3.1 posts for the code of a login: with the whole
// identity, as the context goes to the courier.
func LoginMessage(to, code string) string {
	type m = map[string]any
	const at = "2026-11-20T22:14:41.528983Z"
	raw, err := json.Marshal(m{
		"recipient": to, "message_type": "sms", "template_type": "login_code_valid", "subject": "",
		"body": fmt.Sprintf("Your login code is: %s\n", code),
		"template_data": m{
			"to": to, "login_code": code, "transient_payload": m{}, "request_url": "http://127.0.0.1:4433/self-service/login/api",
			"identity": m{
				"id": uuid.NewString(), "schema_id": "default", "schema_url": "http://127.0.0.1:4433/schemas/ZGVmYXVsdA",
				"state": "active", "state_changed_at": at, "created_at": at, "updated_at": at, "organization_id": nil,
				"traits": m{"phone": to, "locale": "pt_BR"}, "metadata_public": m{},
				"verifiable_addresses": []m{{
					"id": uuid.NewString(), "value": to, "via": "sms", "verified": false, "status": "pending", "created_at": at, "updated_at": at,
				}},
			},
		},
	})
	if err != nil { // maps of texts always marshal
		panic(err)
	}
	return string(raw)
}
