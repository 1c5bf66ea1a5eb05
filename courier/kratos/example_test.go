package kratos_test

import (
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/kratos"
)

// A message of Kratos is read by its template type, never by its text. Neither
// code nor number can be printed by accident.
func ExampleParseMessage() {
	message, err := kratos.ParseMessage([]byte(`{
	  "recipient": "+12025550143",
	  "template_type": "login_code_valid",
	  "template_data": {
	    "login_code": "013579",
	    "transient_payload": {"channel": "sms", "locale": "pt-BR"}
	  }
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(message.Purpose, message.To, message.Code, message.Asked, message.Locales)
	// Output: login +1********43 [redacted] sms [pt-BR]
}
