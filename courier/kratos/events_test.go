package kratos

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// records are the used codes that were recorded.
type records struct {
	purposes []courier.Purpose
	persons  [][]courier.Query
	err      error
}

func (u *records) Record(_ context.Context, purpose courier.Purpose, person []courier.Query) error {
	u.purposes, u.persons = append(u.purposes, purpose), append(u.persons, person)
	return u.err
}

func (u *records) post(body string) int {
	recorder := httptest.NewRecorder()
	(&Events{UsedCodes: u, Answer: herodot.NewJSONWriter(quiet{})}).
		ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/kratos/events", strings.NewReader(body)))
	return recorder.Code
}

// What deploy/kratos/event.*.jsonnet makes of schemas of all kinds. A registration's
// code went out before there was an identity, so its person is found by number.
func TestEventsNameAPerson(t *testing.T) {
	t.Parallel()
	byID := []courier.Query{{Identity: "someone"}}
	to := func(numbers ...string) (person []courier.Query) {
		for _, number := range numbers {
			person = append(person, courier.Query{To: courier.KnownPhone(number)})
		}
		return person
	}
	for body, want := range map[string]struct {
		purpose courier.Purpose
		person  []courier.Query
	}{
		`{"event":"login","identity_id":"someone"}`:                                                                {courier.Login, byID},
		`{"event":"verification","identity_id":"someone"}`:                                                         {courier.Verification, byID},
		`{"event":"recovery","identity_id":"someone","phones":["+12025550143"]}`:                                   {courier.Recovery, byID},
		`{"event":"login","phones":["+12025550143"]}`:                                                              {courier.Login, to("+12025550143")},
		`{"event":"registration","identity_id":"someone","phone":"+1 (202) 555-0143"}`:                             {courier.Registration, to("+12025550143")},
		`{"event":"registration","identity_id":"someone","phones":["+ no number","+442079460000","+12025550143"]}`: {courier.Registration, to("+442079460000", "+12025550143")},
		`{"event":"registration","identity_id":"someone","phones":[]}`:                                             {courier.Registration, nil},
	} {
		u := &records{}
		require.Equal(t, http.StatusNoContent, u.post(body), body)
		require.Equal(t, []courier.Purpose{want.purpose}, u.purposes, body)
		require.Equal(t, [][]courier.Query{want.person}, u.persons, body)
	}
}

func TestEventsRefuseOtherBodies(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `[]`, `{}`, `{"event":"login"}`, `{"event":"login","phone":"x"}`, `{"event":"registration","identity_id":"someone"}`, `{"event":"registration","phones":["x"]}`, `{"event":"registration","phones":["1","2","3","4","5","6","7","8","9","10","11"]}`, `{"event":"logout","identity_id":"someone"}`, `{"event":1}`} {
		u := &records{}
		require.Equal(t, http.StatusBadRequest, u.post(body), body)
		require.Empty(t, u.purposes, body)
	}
	require.Equal(t, http.StatusRequestEntityTooLarge, (&records{}).post(strings.Repeat(" ", maxBody+1)))
}

func TestEventThatCannotBeRecordedIsRefused(t *testing.T) {
	t.Parallel()
	require.Equal(t, http.StatusServiceUnavailable, (&records{err: errors.New("disk full")}).post(`{"event":"login","identity_id":"someone"}`))
}
