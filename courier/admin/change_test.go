package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
)

// desk does what it is told and notes it.
type desk struct {
	delivery courier.Delivery
	usage    []courier.Usage
	absent   time.Time
	blocked  time.Time
	err      error
	did      *[]string
}

func (d desk) note(what string, of any) { *d.did = append(*d.did, fmt.Sprint(what, " ", of)) }

func (d desk) Cancel(_ context.Context, id courier.ID) (courier.Delivery, error) {
	d.note("cancel", id)
	return d.delivery, d.err
}

func (d desk) Resend(_ context.Context, id courier.ID) (courier.Delivery, error) {
	d.note("resend", id)
	return d.delivery, d.err
}

func (d desk) Usage(_ context.Context, to courier.Phone) ([]courier.Usage, error) {
	d.note("usage", to.E164())
	return d.usage, d.err
}

func (d desk) BlockedUntil(context.Context, courier.Phone) (time.Time, error) {
	return d.blocked, d.err
}

func (d desk) AbsentUntil(context.Context, courier.Phone) (time.Time, error) { return d.absent, d.err }

func (d desk) Reset(_ context.Context, to courier.Phone) error {
	d.note("reset", to.E164())
	return d.err
}

func (d desk) Forget(_ context.Context, to courier.Phone) (int, error) {
	d.note("forget", to.E164())
	return 4, d.err
}

const (
	sampleID   = "01a1fbef-db4c-7962-b793-22d67237c625"
	sampleBody = `{"phone":"+12025550143"}`
)

// changes are all requests that change something, with what is then done.
func changes() []struct {
	method, path, body string
	action             Action
	did                string
} {
	return []struct {
		method, path, body string
		action             Action
		did                string
	}{
		{http.MethodPost, "/deliveries/" + sampleID + "/cancel", "", CancelDelivery, "cancel " + sampleID},
		{http.MethodPost, "/deliveries/" + sampleID + "/resend", `{"channel":"sms"}`, ResendDelivery, "resend " + sampleID},
		{http.MethodPut, "/denied-numbers", sampleBody, DenyNumber, ""},
		{http.MethodDelete, "/denied-numbers", sampleBody, AllowNumber, ""},
		{http.MethodPost, "/limits/reset", sampleBody, ResetLimits, "reset +12025550143"},
		{http.MethodPost, "/forget", sampleBody, ForgetNumber, "forget +12025550143"},
	}
}

func TestEveryChangeIsToldWithTheNameOfTheKey(t *testing.T) {
	t.Parallel()
	for _, c := range changes() {
		var did []string
		var told []Change
		a := &API{
			Desk: desk{did: &did, delivery: sample(t)}, Denials: denials{denied: map[string]bool{}},
			Changed: func(_ *http.Request, c Change) { told = append(told, c) },
		}
		answer := call(t, a, c.method, c.path, c.body)
		require.Less(t, answer.Code, http.StatusBadRequest, c.path)
		require.Len(t, told, 1, c.path)
		require.Equal(t, "anna", told[0].Key)
		require.Equal(t, c.action, told[0].Action)
		require.NoError(t, told[0].Err)
		if c.did != "" {
			require.Equal(t, []string{c.did}, did)
		}
		if told[0].To.IsZero() {
			require.Equal(t, sampleID, told[0].Delivery.String())
			require.Contains(t, answer.Body.String(), `"to":"+1********43"`)
		} else {
			require.Equal(t, "+12025550143", told[0].To.E164())
		}
	}
}

func TestReadOnlyKeysChangeNothing(t *testing.T) {
	t.Parallel()
	for _, c := range changes() {
		var did []string
		a := &API{
			Desk: desk{did: &did}, Denials: denials{},
			Changed: func(*http.Request, Change) { t.Error("a change") },
		}
		answer := callAs(t, a, auth.Holder{Name: "ben", ReadOnly: true}, c.method, c.path, c.body)
		require.Equal(t, http.StatusForbidden, answer.Code, c.path)
		require.Contains(t, answer.Body.String(), "may only read")
		require.Empty(t, did)
	}
	for _, look := range []struct{ method, path, body string }{
		{http.MethodGet, "/deliveries", ""},
		{http.MethodPost, "/deliveries/search", sampleBody},
		{http.MethodGet, "/limits", ""},
		{http.MethodPost, "/limits/search", sampleBody},
	} {
		a := &API{Reader: reader{}, Desk: desk{did: new([]string)}, Denials: denials{}}
		answer := callAs(t, a, auth.Holder{Name: "ben", ReadOnly: true}, look.method, look.path, look.body)
		require.Equal(t, http.StatusOK, answer.Code, look.path)
	}
}

func TestWhatIsNotDoneIsSaidAndTold(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk /dev/sda gone")
	for _, c := range []struct {
		err    error
		status int
		says   string
		why    any
	}{
		{&courier.RefusedError{Why: courier.RefusedEnded}, http.StatusConflict, "has ended", "ended"},
		{&courier.RefusedError{Why: courier.RefusedExpired}, http.StatusConflict, "expired", "code_expired"},
		{&courier.RefusedError{Why: courier.RefusedUnderWay}, http.StatusConflict, "already", "sms_under_way"},
		{&courier.RefusedError{Why: courier.RefusedNoSMS}, http.StatusConflict, "no SMS", "no_sms"},
		{&courier.RefusedError{Why: "sms_total_limit"}, http.StatusConflict, "A limit is spent: sms_total_limit", "sms_total_limit"},
		{fmt.Errorf("x: %w", courier.ErrUnreadable), http.StatusConflict, "secrets.cipher", "unreadable"},
		{courier.ErrNotFound, http.StatusNotFound, "no delivery with this id", nil},
		{broken, http.StatusInternalServerError, "could not be written", nil},
	} {
		var told []Change
		var trouble []error
		a := &API{
			Desk: desk{err: c.err, did: new([]string)}, Trouble: func(_ string, err error) { trouble = append(trouble, err) },
			Changed: func(_ *http.Request, c Change) { told = append(told, c) },
		}
		answer := call(t, a, http.MethodPost, "/deliveries/"+sampleID+"/resend", `{"channel":"sms"}`)
		require.Equal(t, c.status, answer.Code, c.err)
		var body struct {
			Error struct {
				Reason  string         `json:"reason"`
				Details map[string]any `json:"details"`
			} `json:"error"`
		}
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &body))
		require.Contains(t, body.Error.Reason, c.says)
		require.Equal(t, c.why, body.Error.Details["why"])
		require.Len(t, told, 1)
		require.ErrorIs(t, told[0].Err, c.err)
		require.Equal(t, c.status == http.StatusInternalServerError, len(trouble) == 1, "%v", trouble)
	}
}

func TestChangesThatAreNotUnderstoodReachNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/deliveries/x/cancel", "", http.StatusNotFound},
		{"/deliveries/x/resend", `{"channel":"sms"}`, http.StatusNotFound},
		{"/deliveries/" + sampleID + "/cancel?now=1", "", http.StatusBadRequest},
		{"/deliveries/" + sampleID + "/resend", "", http.StatusBadRequest},
		{"/deliveries/" + sampleID + "/resend", `{}`, http.StatusBadRequest},
		{"/deliveries/" + sampleID + "/resend", `{"channel":"whatsapp"}`, http.StatusBadRequest},
		{"/deliveries/" + sampleID + "/resend", `{"channel":"sms","to":"+12025550143"}`, http.StatusBadRequest},
		{"/limits/reset", `{}`, http.StatusBadRequest},
		{"/forget", `{"phone":"2025550143"}`, http.StatusBadRequest},
		{"/limits/search", `{"phone":"2025550143"}`, http.StatusBadRequest},
	} {
		var did []string
		a := &API{Desk: desk{did: &did}, Changed: func(*http.Request, Change) { t.Error("a change") }}
		require.Equal(t, c.status, call(t, a, http.MethodPost, c.path, c.body).Code, c.path+c.body)
		require.Empty(t, did)
	}
}

func TestForgetTellsOfHowManyDeliveries(t *testing.T) {
	t.Parallel()
	a := &API{Desk: desk{did: new([]string)}}
	require.JSONEq(t, `{"deliveries":4}`, call(t, a, http.MethodPost, "/forget", sampleBody).Body.String())
}

func TestLimitsAreShown(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 13, 0, 0, 0, time.FixedZone("", 3600))
	var did []string
	a := &API{
		Denials: denials{denied: map[string]bool{"+12025550143": true}},
		Desk: desk{did: &did, absent: at, blocked: at.Add(time.Hour), usage: []courier.Usage{
			{Name: "number", Max: 3, Window: 10 * time.Minute, Used: 2, FreesAt: at},
			{Name: "sms_prefix", Prefix: "+1202", Max: 9, Window: time.Hour},
		}},
	}
	limits := `"limits":[
		{"name":"number","window_seconds":600,"max":3,"used":2,"left":1,"frees_at":"2026-11-21T12:00:00Z"},
		{"name":"sms_prefix","prefix":"+1202","window_seconds":3600,"max":9,"used":0,"left":9,"frees_at":null}]`
	require.JSONEq(t, `{"to":"+1********43","denied":true,"not_on_whatsapp_until":"2026-11-21T12:00:00Z","blocked_until":"2026-11-21T13:00:00Z",`+limits+`}`,
		call(t, a, http.MethodPost, "/limits/search", sampleBody).Body.String())
	require.JSONEq(t, `{`+limits+`}`, call(t, a, http.MethodGet, "/limits", "").Body.String())
	require.Equal(t, []string{"usage +12025550143", "usage "}, did)

	broken := errors.New("disk")
	var trouble []error
	tell := func(_ string, err error) { trouble = append(trouble, err) }
	for _, a := range []*API{{Desk: desk{did: &did, err: broken}, Trouble: tell}, {Desk: desk{did: &did}, Denials: denials{broken: broken}, Trouble: tell}} {
		require.Equal(t, http.StatusInternalServerError, call(t, a, http.MethodPost, "/limits/search", sampleBody).Code)
	}
	require.Equal(t, []error{broken, broken}, trouble)
}
