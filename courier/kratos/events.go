package kratos

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Events serves POST /kratos/events, which Kratos' web hooks call after a person
// got in. Such a person needs no SMS any more.
type Events struct {
	UsedCodes UsedCodes
	Answer    herodot.Writer
}

// UsedCodes records used codes; *courier.UsedCodes does.
type UsedCodes interface {
	// Record notes that a person, found by any of the queries, used a code of this
	// purpose. An error means that not all of it was stored.
	Record(ctx context.Context, purpose courier.Purpose, person []courier.Query) error
}

// event is the body that deploy/kratos/event.*.jsonnet makes. The hook does not
// know the code (Kratos v1.3.1 and v26.2.0), so deliveries are found by person.
type event struct {
	Event    string `json:"event"`
	Identity string `json:"identity_id"`
	// Phones are where a registration's code may have gone; Phone is one of them.
	Phones []string `json:"phones"`
	Phone  string   `json:"phone"`
}

// ServeHTTP answers 204 once the person's pending fallbacks are cancelled, also
// when there were none.
func (e *Events) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		e.Answer.WriteError(w, r, err)
		return
	}
	purpose, person, problem := ParseEvent(body)
	if problem != "" {
		e.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason(problem))
		return
	}
	if err := e.UsedCodes.Record(context.WithoutCancel(r.Context()), purpose, person); err != nil {
		e.Answer.WriteError(w, r, unavailable("The event could not be stored. Send it again."))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// ParseEvent returns whose codes of which purpose an event says were used, or a sentence
// that says what is wrong with it.
func ParseEvent(body []byte) (purpose courier.Purpose, person []courier.Query, problem string) {
	var got event
	if json.Unmarshal(body, &got) != nil {
		return "", nil, "The body is not the JSON object of an event."
	}
	return got.read()
}

// maxPhones bounds how many numbers of one person are looked for.
const maxPhones = 10

// read returns whose codes of which purpose were used, or what is wrong. Whoever
// registered without a phone got no code from us: that is no fault.
func (e event) read() (courier.Purpose, []courier.Query, string) {
	purpose := courier.Purpose(e.Event)
	switch purpose {
	case courier.Login, courier.Registration, courier.Verification, courier.Recovery:
	default:
		return "", nil, "`event` must be login, registration, verification or recovery."
	}
	if e.Identity != "" && purpose != courier.Registration {
		return purpose, []courier.Query{{Identity: e.Identity}}, ""
	}
	// Kratos sends a registration's code before there is an identity.
	phones := e.Phones
	if e.Phone != "" {
		phones = append(phones, e.Phone)
	}
	if phones == nil || len(phones) > maxPhones {
		return "", nil, "`phones` is missing or has more than ten: registration, or an event without `identity_id`, needs it; see deploy/kratos/event.registration.jsonnet."
	}
	var queries []courier.Query
	for _, text := range phones {
		if phone, err := courier.ParsePhone(text); err == nil {
			queries = append(queries, courier.Query{To: phone})
		}
	}
	if len(queries) == 0 && len(phones) > 0 {
		return "", nil, "`phones` holds no phone number in international format."
	}
	return purpose, queries, ""
}
