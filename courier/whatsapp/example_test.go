package whatsapp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
)

func ExampleNew() {
	// Stands for https://graph.facebook.com, where the template was forgotten in
	// Portuguese.
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); bytes.Contains(body, []byte("pt_BR")) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"code":132001}}`)
			return
		}
		_, _ = io.WriteString(w, `{"messages":[{"id":"wamid.A"}]}`)
	}))
	defer meta.Close()

	sender, err := whatsapp.New(whatsapp.Config{
		BaseURL: meta.URL, APIVersion: "v25.0", PhoneNumberID: "106540352242922", AccessToken: "EAA...",
		Template: whatsapp.Template{Name: "login_code", Languages: []string{"en_US", "pt_BR"}, DefaultLanguage: "en_US"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	to, _ := courier.ParsePhone("+12025550143")
	code, _ := courier.NewCode("481920")
	message := courier.Outgoing{To: to, Code: code, Locales: []string{"pt-BR"}, Reference: "01890a5d.1", Life: 5 * time.Minute}

	_, err = sender.Send(context.Background(), message)
	if fault, ok := errors.AsType[*courier.DeliveryError](err); ok {
		fmt.Println(fault.Class, fault.Code, "in", fault.Variant)
		message.Usable = func(variant string) bool { return variant != fault.Variant }
	}
	accepted, err := sender.Send(context.Background(), message)
	fmt.Println(accepted.ProviderID, "in", accepted.Variant, err)

	// Output:
	// template 132001 in pt_BR
	// wamid.A in en_US <nil>
}
