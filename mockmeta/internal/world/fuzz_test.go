package world

import (
	"encoding/json"
	"testing"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func FuzzMagic(f *testing.F) {
	f.Add("15007000099")
	f.Add("15005999999")
	f.Fuzz(func(_ *testing.T, number string) { _ = magic(number) })
}

func FuzzFaultsAndHandsets(f *testing.F) {
	f.Add([]byte(`{"kind":"delay","delay":"1s","number":"+1"}`))
	f.Add([]byte(`{"number":"+1","off_for":"9s"}`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		var fault client.Fault
		if json.Unmarshal(body, &fault) == nil {
			_, _ = CompleteFault(fault)
		}
		var phone client.Handset
		if json.Unmarshal(body, &phone) == nil {
			_, _, _ = checkHandset(phone)
		}
	})
}
