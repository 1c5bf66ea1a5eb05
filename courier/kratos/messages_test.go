package kratos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// quiet swallows what herodot would print.
type quiet struct{}

func (quiet) ReportError(*http.Request, int, error, ...any) {}

// takes is an Intake that answers with one delivery, or with an error.
type takes struct {
	taken []courier.Message
	as    courier.Delivery
	err   error
}

func (i *takes) Take(_ context.Context, m courier.Message) (courier.Acceptance, error) {
	if i.err != nil {
		return courier.Acceptance{}, i.err
	}
	i.taken = append(i.taken, m)
	return courier.Acceptance{Outcome: courier.Created, Delivery: i.as}, nil
}

func (i *takes) post(body io.Reader, change func(*http.Request)) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "/kratos/messages", body)
	if change != nil {
		change(request)
	}
	recorder := httptest.NewRecorder()
	(&Messages{Intake: i, Answer: herodot.NewJSONWriter(quiet{})}).ServeHTTP(recorder, request)
	return recorder
}

func loginBody(t *testing.T) *bytes.Reader {
	t.Helper()
	body, err := os.ReadFile("testdata/v26.2.0/login_code_valid.json")
	require.NoError(t, err)
	return bytes.NewReader(body)
}

func TestMessagesAreAnsweredWithTheirID(t *testing.T) {
	t.Parallel()
	in := &takes{as: courier.Delivery{ID: courier.ID{7}, State: courier.StateAccepted}}
	answer := in.post(loginBody(t), nil)
	require.Equal(t, http.StatusNoContent, answer.Code)
	require.Empty(t, answer.Body.String(), "Kratos would keep a connection open for a body")
	require.Equal(t, in.as.ID.String(), answer.Header().Get("X-Delivery-Id"))
	require.Len(t, in.taken, 1)
	require.Equal(t, courier.Login, in.taken[0].Purpose)
}

func TestMessagesAreShownOnRequest(t *testing.T) {
	t.Parallel()
	prefer := func(q *http.Request) { q.Header.Set("Prefer", "return=representation") }
	for name, c := range map[string]struct {
		as   courier.Delivery
		want map[string]string
	}{
		"accepted": {
			courier.Delivery{ID: courier.ID{7}, State: courier.StateAccepted},
			map[string]string{"id": courier.ID{7}.String(), "status": "accepted"},
		},
		"suppressed": {
			courier.Delivery{ID: courier.ID{8}, State: courier.StateSuppressed, Reason: courier.ReasonNotAPhone},
			map[string]string{"id": courier.ID{8}.String(), "status": "suppressed", "reason": "not_a_phone"},
		},
	} {
		answer := (&takes{as: c.as}).post(loginBody(t), prefer)
		require.Equal(t, http.StatusAccepted, answer.Code, name)
		var got map[string]string
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &got))
		require.Equal(t, c.want, got, name)
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		body   io.Reader
		status int
		says   string
	}{
		{"no JSON", strings.NewReader("code=895130"), http.StatusBadRequest, "function(ctx) ctx"},
		{"too long", io.MultiReader(strings.NewReader(`{"recipient":"`), bytes.NewReader(bytes.Repeat([]byte("1"), 1<<20))), http.StatusRequestEntityTooLarge, "1048576"},
		{"cut off", io.MultiReader(strings.NewReader(`{`), brokenReader{}), http.StatusBadRequest, "ended early"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := &takes{}
			answer := in.post(c.body, nil)
			require.Equal(t, c.status, answer.Code)
			require.Empty(t, in.taken, "nothing is taken")
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
			for _, secret := range []string{"718957", "895130", "9876543210"} {
				require.NotContains(t, answer.Body.String(), secret)
			}
			require.Empty(t, answer.Header().Get("Retry-After"))
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestMessageThatIsNotStoredIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	answer := (&takes{err: errors.New("disk full at +919876543210")}).post(loginBody(t), nil)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.Empty(t, answer.Header().Get("Retry-After"), "Kratos v1.3.1 would sleep that long")
	require.Empty(t, answer.Header().Get("X-Delivery-Id"))
	require.NotContains(t, answer.Body.String(), "disk full")
}
