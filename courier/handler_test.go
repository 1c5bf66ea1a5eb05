package courier

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"
)

// quiet swallows what herodot would print.
type quiet struct{}

func (quiet) ReportError(*http.Request, int, error, ...any) {}

type intakeRig struct {
	store   *fakeStore
	handed  []Delivery
	handler http.Handler
}

func newIntake(t *testing.T, changes ...func(*Intake)) *intakeRig {
	t.Helper()
	r := &intakeRig{store: newFakeStore()}
	answer := herodot.NewJSONWriter(quiet{})
	intake := &Intake{
		Store: r.store, Policy: testPolicy(), Limits: Limits{NumberMax: 3, NumberWindow: 10 * time.Minute},
		Observer: &watcher{}, HandOver: func(d Delivery) { r.handed = append(r.handed, d) },
		RetrySpan: time.Minute, Answer: answer, Now: func() time.Time { return start },
	}
	for _, change := range changes {
		change(intake)
	}
	r.handler = NewCredentials([]string{"key-of-kratos"}, "kratos", "päss").Guard(answer, intake)
	return r
}

func (r *intakeRig) post(body io.Reader, change func(*http.Request)) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "/kratos/messages", body)
	request.Header.Set("X-API-Key", "key-of-kratos")
	if change != nil {
		change(request)
	}
	recorder := httptest.NewRecorder()
	r.handler.ServeHTTP(recorder, request)
	return recorder
}

func loginBody(t *testing.T) *bytes.Reader {
	t.Helper()
	body, err := os.ReadFile("testdata/kratos/v26.2.0/login_code_valid.json")
	require.NoError(t, err)
	return bytes.NewReader(body)
}

func TestIntakeAcceptsAndHandsOver(t *testing.T) {
	t.Parallel()
	r := newIntake(t)
	answer := r.post(loginBody(t), nil)
	require.Equal(t, http.StatusNoContent, answer.Code)
	require.Empty(t, answer.Body.String())
	require.Len(t, r.handed, 1)
	require.Equal(t, r.handed[0].ID.String(), answer.Header().Get("X-Delivery-Id"))
	require.Equal(t, start.Add(5*time.Minute), r.handed[0].ExpiresAt)

	again := r.post(loginBody(t), nil)
	require.Equal(t, http.StatusNoContent, again.Code)
	require.Equal(t, answer.Header().Get("X-Delivery-Id"), again.Header().Get("X-Delivery-Id"), "a repeat is the same delivery")
	require.Len(t, r.handed, 1)
}

func TestIntakeShowsTheReceiptOnRequest(t *testing.T) {
	t.Parallel()
	r := newIntake(t)
	prefer := func(q *http.Request) { q.Header.Set("Prefer", "return=representation") }
	answer := r.post(loginBody(t), prefer)
	require.Equal(t, http.StatusAccepted, answer.Code)
	var got map[string]string
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &got))
	require.Equal(t, map[string]string{"id": r.handed[0].ID.String(), "status": "accepted"}, got)

	answer = r.post(bytes.NewReader(kratosBody("login_code_valid", "person@example.com", map[string]any{"login_code": "123456"})), prefer)
	require.Equal(t, http.StatusAccepted, answer.Code)
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &got))
	require.Equal(t, "suppressed", got["status"])
	require.Equal(t, ReasonNotAPhone, got["reason"])
	require.Len(t, r.handed, 1, "a suppressed message is not handed over")
}

func TestIntakeRefusals(t *testing.T) {
	t.Parallel()
	noKey := func(q *http.Request) { q.Header.Del("X-API-Key") }
	for _, c := range []struct {
		name   string
		body   io.Reader
		change func(*http.Request)
		status int
		says   string
	}{
		{"no credentials", loginBody(t), noKey, http.StatusUnauthorized, "X-API-Key"},
		{"wrong key", loginBody(t), func(q *http.Request) { q.Header.Set("X-API-Key", "key-of-kratox") }, http.StatusUnauthorized, "X-API-Key"},
		{"wrong bearer", loginBody(t), func(q *http.Request) { noKey(q); q.Header.Set("Authorization", "Bearer x") }, http.StatusUnauthorized, "X-API-Key"},
		{"wrong password", loginBody(t), func(q *http.Request) { noKey(q); q.SetBasicAuth("kratos", "pass") }, http.StatusUnauthorized, "X-API-Key"},
		{"no JSON", strings.NewReader("code=895130"), nil, http.StatusBadRequest, "function(ctx) ctx"},
		{"too long", io.MultiReader(strings.NewReader(`{"recipient":"`), bytes.NewReader(bytes.Repeat([]byte("1"), 1<<20))), nil, http.StatusRequestEntityTooLarge, "1048576"},
		{"cut off", io.MultiReader(strings.NewReader(`{`), brokenReader{}), nil, http.StatusBadRequest, "ended early"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newIntake(t)
			answer := r.post(c.body, c.change)
			require.Equal(t, c.status, answer.Code)
			require.Empty(t, r.handed)
			require.Empty(t, r.store.kept, "no state change")
			var got struct {
				Error struct {
					Code   int    `json:"code"`
					Status string `json:"status"`
					Reason string `json:"reason"`
				} `json:"error"`
			}
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &got))
			require.Equal(t, c.status, got.Error.Code)
			require.Equal(t, http.StatusText(c.status), got.Error.Status)
			require.Contains(t, got.Error.Reason, c.says)
			for _, secret := range []string{"718957", "895130", "9876543210", "key-of"} {
				require.NotContains(t, answer.Body.String(), secret)
			}
			require.Empty(t, answer.Header().Get("Retry-After"))
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestIntakeTakesEveryKindOfCredential(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*http.Request){
		"header": nil,
		"bearer": func(q *http.Request) {
			q.Header.Del("X-API-Key")
			q.Header.Set("Authorization", "bearer key-of-kratos")
		},
		"basic": func(q *http.Request) { q.Header.Del("X-API-Key"); q.SetBasicAuth("kratos", "päss") },
	} {
		require.Equal(t, http.StatusNoContent, newIntake(t).post(loginBody(t), change).Code, name)
	}
}

func TestWithoutCredentialsTheDoorStaysShut(t *testing.T) {
	t.Parallel()
	handler := NewCredentials(nil, "", "").Guard(herodot.NewJSONWriter(quiet{}), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	for _, change := range []func(*http.Request){
		func(*http.Request) {},
		func(q *http.Request) { q.Header.Set("X-API-Key", "") },
		func(q *http.Request) { q.Header.Set("Authorization", "Bearer ") },
		func(q *http.Request) { q.SetBasicAuth("", "") },
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		change(request)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		require.Equal(t, http.StatusUnauthorized, recorder.Code)
	}
}

func TestIntakeAcknowledgesNothingItCannotStore(t *testing.T) {
	t.Parallel()
	r := newIntake(t)
	r.store.broken = errors.New("disk full at +919876543210")
	answer := r.post(loginBody(t), nil)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.Empty(t, answer.Header().Get("Retry-After"), "Kratos v1.3.1 would sleep that long")
	require.Empty(t, answer.Header().Get("X-Delivery-Id"))
	require.NotContains(t, answer.Body.String(), "disk full")
	require.Empty(t, r.handed)
}
