package admin

import (
	"encoding/json"
	"net/http"

	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 4096

// decode reads a JSON object with no other fields than those of `into`, or answers
// that it is none. What is missing stays as it was.
func (a *API) decode(w http.ResponseWriter, r *http.Request, into any, wanted string) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if decoder.Decode(into) != nil || decoder.More() {
		a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("The body must be a JSON object with "+wanted+" and nothing else."))
		return false
	}
	return true
}

// phone reads {"phone": "+..."}: URLs are logged in many places, so a number belongs in none.
func (a *API) phone(w http.ResponseWriter, r *http.Request) (courier.Phone, bool) {
	var body struct {
		Phone string `json:"phone"`
	}
	if !a.decode(w, r, &body, "`phone`") {
		return courier.Phone{}, false
	}
	phone, err := courier.ParsePhone(body.Phone)
	if err != nil {
		a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("`phone` is not a phone number in international format."))
		return courier.Phone{}, false
	}
	return phone, true
}
