package courier

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/ory/herodot"
)

// Events takes Kratos' web hooks: POST /kratos/events. A person who got in needs
// no SMS any more.
type Events struct {
	Store    Store
	Books    Books
	Observer Observer
	Answer   herodot.Writer
	Now      func() time.Time
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
	var got event
	if json.Unmarshal(body, &got) != nil {
		e.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("The body is not the JSON object of an event."))
		return
	}
	purpose, queries, problem := got.read()
	if problem != "" {
		e.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason(problem))
		return
	}
	if err := e.used(context.WithoutCancel(r.Context()), purpose, queries); err != nil {
		e.Observer.Trouble("recording a used code", err)
		e.Answer.WriteError(w, r, status(http.StatusServiceUnavailable).WithReason("The event could not be stored. Send it again."))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// maxPhones bounds how many numbers of one person are looked for.
const maxPhones = 10

// read returns whose codes of which purpose were used, or what is wrong. Whoever
// registered without a phone got no code from us: that is no fault.
func (e event) read() (Purpose, []Query, string) {
	purpose := Purpose(e.Event)
	switch purpose {
	case Login, Registration, Verification, Recovery:
	default:
		return "", nil, "`event` must be login, registration, verification or recovery."
	}
	if e.Identity != "" && purpose != Registration {
		return purpose, []Query{{Identity: e.Identity}}, ""
	}
	// Kratos sends a registration's code before there is an identity.
	phones := e.Phones
	if e.Phone != "" {
		phones = append(phones, e.Phone)
	}
	if phones == nil || len(phones) > maxPhones {
		return "", nil, "`phones` is missing or has more than ten: registration, or an event without `identity_id`, needs it; see deploy/kratos/event.registration.jsonnet."
	}
	var queries []Query
	for _, text := range phones {
		if phone, err := ParsePhone(text); err == nil {
			queries = append(queries, Query{To: phone})
		}
	}
	if len(queries) == 0 && len(phones) > 0 {
		return "", nil, "`phones` holds no phone number in international format."
	}
	return purpose, queries, ""
}

// recentDeliveries is how far back a used code is looked for. More codes than
// this do not get out within one code's life.
const recentDeliveries = 20

// used ends what is pending for a person who is found by several queries.
func (e *Events) used(ctx context.Context, purpose Purpose, queries []Query) error {
	for _, query := range queries {
		if err := e.usedBy(ctx, purpose, query); err != nil {
			return err
		}
	}
	return nil
}

// usedBy ends what is pending for the person and notes on the newest delivery
// that its code was used.
func (e *Events) usedBy(ctx context.Context, purpose Purpose, query Query) error {
	query.Limit, query.Before = recentDeliveries, e.Now()
	ids, err := e.Store.Find(ctx, query)
	if err != nil {
		return err
	}
	newest := true
	for _, id := range ids {
		concerned, counts := false, false
		after, ended, err := changes{e.Store, e.Books, e.Now}.update(ctx, nil, id, func(d Delivery) (Delivery, bool) {
			concerned = d.Purpose == purpose && d.State != StateSuppressed
			counts = concerned && newest && d.usable(e.Now())
			if !concerned || !counts && d.State.Ended() {
				return d, false
			}
			return use(d, counts, e.Now()), true
		})
		if errors.Is(err, ErrUnreadable) {
			// One that lost its secret must not keep the others pending.
			e.Observer.Trouble("recording a used code", err)
			continue
		}
		if err != nil {
			return err
		}
		newest = newest && !concerned
		if counts {
			e.Observer.Used(after)
		}
		if ended {
			e.Observer.Ended(after)
		}
	}
	return nil
}
