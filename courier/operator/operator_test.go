package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

const sampleKey = "an-invented-key-of-an-operator"

// answers is a courier that gives the same answer to everything, or the next of several,
// and notes what it was asked.
type answers struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func serve(t *testing.T, status int, bodies ...string) *answers {
	t.Helper()
	a := &answers{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		n := len(a.asked)
		a.asked = append(a.asked, strings.TrimSpace(fmt.Sprint(r.Method, " ", r.URL, " ", string(body))))
		a.mu.Unlock()
		if r.Header.Get("X-API-Key") != sampleKey {
			status = http.StatusUnauthorized
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, bodies[min(n, len(bodies)-1)])
	}))
	t.Cleanup(a.Close)
	return a
}

// call runs a command line as an operator does. It is not parallel: the key comes from
// the environment.
func call(t *testing.T, url, input string, args ...string) (out string, err error) {
	t.Helper()
	t.Setenv(KeyEnv, sampleKey)
	t.Setenv(URLEnv, url)
	root := &cobra.Command{Use: "whatsapp-courier", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(Commands()...)
	var written bytes.Buffer
	root.SetIn(strings.NewReader(input))
	root.SetOut(&written)
	root.SetErr(io.Discard)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return written.String(), err
}

const (
	id     = "01a1fbef-db4c-7962-b793-22d67237c625"
	sample = `{"id":"` + id + `","purpose":"login","to":"+1********43","country":"US","state":"failed","reason":"not on WhatsApp",` +
		`"accepted_at":"2026-11-21T11:00:00.5Z","ended_at":"2026-11-21T11:00:03Z","attempts":[` +
		`{"n":1,"channel":"whatsapp","provider":"meta","state":"failed","code":"131026","started_at":"2026-11-21T11:00:00.75Z","failed_at":"2026-11-21T11:00:02Z"},` +
		`{"n":2,"channel":"sms","provider":"twilio","state":"accepted","started_at":"2026-11-21T11:00:02.5Z"}]}`
)

func TestWhatEachCommandAsks(t *testing.T) {
	for _, c := range []struct {
		args, input, want string
	}{
		{"deliveries list", "", "GET /admin/deliveries?cursor=&limit=50"},
		{"deliveries list --state failed,expired --country BR --limit 7", "", "GET /admin/deliveries?country=BR&cursor=&limit=7&state=failed%2Cexpired"},
		{"deliveries list --from 2026-11-21T12:00:00+01:00", "", "GET /admin/deliveries?cursor=&from=2026-11-21T11%3A00%3A00Z&limit=50"},
		{"deliveries list --number -", "+1 202 555 0143\n", `POST /admin/deliveries/search?cursor=&limit=50 {"phone":"+12025550143"}`},
		{"deliveries list --number +12025550143", "", `POST /admin/deliveries/search?cursor=&limit=50 {"phone":"+12025550143"}`},
		{"deliveries show " + id, "", "GET /admin/deliveries/" + id},
		{"deliveries cancel " + id, "", "POST /admin/deliveries/" + id + "/cancel"},
		{"deliveries resend " + id, "", "POST /admin/deliveries/" + id + `/resend {"channel":"sms"}`},
		{"limits show", "", "GET /admin/limits"},
		{"limits show -", "+12025550143", `POST /admin/limits/search {"phone":"+12025550143"}`},
		{"limits reset", "+12025550143", `POST /admin/limits/reset {"phone":"+12025550143"}`},
		{"numbers deny +12025550143", "", `PUT /admin/denied-numbers {"phone":"+12025550143"}`},
		{"numbers allow", "+12025550143\n\n+12025550144\n", `DELETE /admin/denied-numbers {"phone":"+12025550143"} DELETE /admin/denied-numbers {"phone":"+12025550144"}`},
		{"numbers forget -", "+12025550143", `POST /admin/forget {"phone":"+12025550143"}`},
	} {
		s := serve(t, http.StatusOK, `{"deliveries":0}`)
		if strings.HasPrefix(c.args, "deliveries list") {
			s = serve(t, http.StatusOK, `{"deliveries":[`+sample+`],"next":""}`)
		}
		out, err := call(t, s.URL, c.input, strings.Fields(c.args)...)
		require.NoError(t, err, c.args)
		require.Equal(t, c.want, strings.Join(s.asked, " "), c.args)
		require.NotContains(t, out, "2025550143", "what is printed is masked")
		require.NotEmpty(t, out)
	}
}

func TestWrongCallsAskNothing(t *testing.T) {
	for args, says := range map[string]string{
		"deliveries list --format xml":        "--format: must be one of table, json, yaml",
		"deliveries list --limit 0":           "--limit: must be at least 1",
		"deliveries list --from yesterday":    "--from: must be an instant",
		"deliveries list --number 2025550144": "--number: this is no phone number in international format",
		"deliveries watch --every 10ms":       "--every: must be at least 1s",
		"deliveries show":                     "accepts 1 arg",
		"numbers deny 2025550144":             "this is no phone number in international format",
		"numbers deny":                        "there is no number on standard input",
		"limits show --url localhost:4480":    "--url: must be the base URL",
	} {
		s := serve(t, http.StatusOK, `{}`)
		_, err := call(t, s.URL, "", strings.Fields(args)...)
		require.ErrorContains(t, err, says, args)
		require.NotContains(t, err.Error(), "2025550144")
		require.Empty(t, s.asked)
	}
	s := serve(t, http.StatusOK, `{}`)
	_, err := call(t, s.URL, "+12025550143\n2025550144\n", "numbers", "deny")
	require.ErrorContains(t, err, "line 2: this is no phone number")
	require.Empty(t, s.asked, "one wrong line stops all")
}

func TestTheKeyComesFromTheEnvironmentOnly(t *testing.T) {
	t.Setenv(KeyEnv, "")
	root := &cobra.Command{SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(Commands()...)
	root.SetArgs([]string{"limits", "show"})
	require.ErrorContains(t, root.Execute(), KeyEnv+" is not set")
	t.Setenv(KeyEnv+"_FILE", filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, root.Execute(), KeyEnv+"_FILE: open ")
	t.Setenv(KeyEnv, "x")
	require.ErrorContains(t, root.Execute(), "unset one of them")
	root.SetArgs([]string{"limits", "show", "--key", "x"})
	require.ErrorContains(t, root.Execute(), "unknown flag: --key")
}

func TestExitStatusSaysWhy(t *testing.T) {
	for _, c := range []struct {
		status, exit int
		body, says   string
	}{
		{http.StatusConflict, 2, `{"error":{"reason":"The delivery has ended.","details":{"why":"ended"}}}`, "The delivery has ended. (ended)"},
		{http.StatusNotFound, 3, `{"error":{"reason":"There is no delivery with this id."}}`, "There is no delivery with this id."},
		{http.StatusUnauthorized, 4, `{"error":{"reason":"no valid credentials"}}`, "no valid credentials"},
		{http.StatusForbidden, 4, `{"error":{"reason":"This key may only read."}}`, "may only read"},
		{http.StatusInternalServerError, 1, `{"error":{"reason":"The store could not be written."}}`, "could not be written"},
		{http.StatusBadGateway, 1, `<html>secret</html>`, "the courier answered HTTP Bad Gateway"},
		{http.StatusFound, 1, ``, "the courier answered HTTP Found"},
	} {
		s := serve(t, c.status, c.body)
		_, err := call(t, s.URL, "", "deliveries", "cancel", id)
		require.ErrorContains(t, err, c.says)
		require.NotContains(t, err.Error(), "secret")
		refused, ok := errors.AsType[*RefusedError](err)
		require.True(t, ok)
		require.Equal(t, c.exit, refused.ExitStatus(), c.status)
		require.Len(t, s.asked, 1)
	}
	s := serve(t, http.StatusOK, "<html>")
	_, err := call(t, s.URL, "", "deliveries", "show", id)
	require.ErrorContains(t, err, "is no operator API of this version")
	s.Close()
	_, err = call(t, s.URL, "", "deliveries", "show", id)
	require.ErrorContains(t, err, "the courier cannot be asked")
}

func TestAListGoesOnBehindEmptyPages(t *testing.T) {
	s := serve(t, http.StatusOK, `{"deliveries":[],"next":"a"}`, `{"deliveries":[`+sample+`],"next":"b"}`, `{"deliveries":[],"next":"c"}`, `{"deliveries":[`+sample+`],"next":""}`)
	out, err := call(t, s.URL, "", "deliveries", "list", "--country", "BR", "--limit", "600", "--format", "json")
	require.NoError(t, err)
	require.Equal(t, []string{
		"GET /admin/deliveries?country=BR&cursor=&limit=500", "GET /admin/deliveries?country=BR&cursor=a&limit=500",
		"GET /admin/deliveries?country=BR&cursor=b&limit=500", "GET /admin/deliveries?country=BR&cursor=c&limit=500",
	}, s.asked)
	require.JSONEq(t, `{"deliveries":[`+sample+`,`+sample+`],"next":""}`, out)

	s = serve(t, http.StatusOK, `{"deliveries":[`+sample+`],"next":"b"}`)
	out, err = call(t, s.URL, "", "deliveries", "list", "--limit", "1", "--format", "json")
	require.NoError(t, err)
	require.Len(t, s.asked, 1, "there are enough")
	require.Contains(t, out, `"next": "b"`)
}

func TestFormats(t *testing.T) {
	s := serve(t, http.StatusOK, sample)
	out, err := call(t, s.URL, "", "deliveries", "show", id)
	require.NoError(t, err)
	require.Equal(t, `id       01a1fbef-db4c-7962-b793-22d67237c625
to       +1********43
country  US
purpose  login
state    failed not on WhatsApp
expires  -

TIME                  AFTER  WHAT
2026-11-21 11:00:00Z  0s     accepted
2026-11-21 11:00:00Z  250ms  1 whatsapp by meta: request
2026-11-21 11:00:02Z  1.5s   1 whatsapp by meta: failed 131026
2026-11-21 11:00:02Z  2s     2 sms by twilio: request
2026-11-21 11:00:03Z  2.5s   ended failed not on WhatsApp
`, out)
	out, err = call(t, s.URL, "", "deliveries", "show", id, "--format", "json")
	require.NoError(t, err)
	require.JSONEq(t, sample, out)
	out, err = call(t, s.URL, "", "deliveries", "show", id, "--format", "yaml")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(out, "id: "+id+"\npurpose: login\nto: +1********43\ncountry: US\n"), out)
	require.Contains(t, out, "\naccepted_at: \"2026-11-21T11:00:00.5Z\"\n", "a text stays a text")
	require.Contains(t, out, "\n      code: \"131026\"\n")

	s = serve(t, http.StatusOK, `{"deliveries":[`+sample+`],"next":""}`)
	out, err = call(t, s.URL, "", "deliveries", "list")
	require.NoError(t, err)
	require.Equal(t, `ACCEPTED              ID                                    TO            COUNTRY  PURPOSE  STATE   VIA           WHY
2026-11-21 11:00:00Z  01a1fbef-db4c-7962-b793-22d67237c625  +1********43  US       login    failed  whatsapp,sms  not on WhatsApp
`, out)

	s = serve(t, http.StatusOK, `{"to":"+1********43","denied":false,"not_on_whatsapp_until":"2026-11-22T11:00:00Z","limits":[
		{"name":"number","window_seconds":600,"max":3,"used":3,"left":0,"frees_at":"2026-11-21T11:10:00Z"},
		{"name":"sms_prefix","prefix":"+1202","window_seconds":3600,"max":9,"used":0,"left":9,"frees_at":null}]}`)
	out, err = call(t, s.URL, "", "limits", "show", "+12025550143")
	require.NoError(t, err)
	require.Equal(t, `+1********43 is not on WhatsApp; asked again after 2026-11-22 11:00:00Z
LIMIT             WINDOW  MAX  USED  LEFT  NEXT FREES AT
number            10m0s   3    3     0     2026-11-21 11:10:00Z
sms_prefix +1202  1h0m0s  9    0     9     -
`, out)
}

// Providers cut their times to seconds.
func TestNothingIsReportedBeforeItWasTaken(t *testing.T) {
	s := serve(t, http.StatusOK, `{"id":"`+id+`","state":"read","accepted_at":"2026-11-21T11:00:00.5Z","attempts":[{"n":1,"channel":"whatsapp","provider":"meta","state":"read",
		"started_at":"2026-11-21T11:00:00.6Z","accepted_at":"2026-11-21T11:00:00.7Z","sent_at":"2026-11-21T11:00:00Z","delivered_at":"2026-11-21T11:00:00Z","read_at":"2026-11-21T11:00:02Z"}]}`)
	out, err := call(t, s.URL, "", "deliveries", "show", id)
	require.NoError(t, err)
	require.Contains(t, out, `
2026-11-21 11:00:00Z  0s     accepted
2026-11-21 11:00:00Z  100ms  1 whatsapp by meta: request
2026-11-21 11:00:00Z  200ms  1 whatsapp by meta: taken
2026-11-21 11:00:00Z  200ms  1 whatsapp by meta: sent
2026-11-21 11:00:00Z  200ms  1 whatsapp by meta: delivered
2026-11-21 11:00:02Z  1.5s   1 whatsapp by meta: read
`)
}

func TestABlockedNumberIsSaidToBe(t *testing.T) {
	s := serve(t, http.StatusOK, `{"to":"+1********43","denied":false,"not_on_whatsapp_until":null,"blocked_until":"2026-11-21T12:00:00Z","limits":[]}`)
	out, err := call(t, s.URL, "", "limits", "show", "+12025550143")
	require.NoError(t, err)
	require.Contains(t, out, "+1********43 gets no codes until 2026-11-21 12:00:00Z, after a security event")
}

// change is a delivery in another state.
func change(state string) json.RawMessage {
	return json.RawMessage(strings.Replace(sample, `"failed"`, `"`+state+`"`, 1))
}

func TestWatchPrintsWhatHasChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var out, faults bytes.Buffer
		s := &session{format: "json", out: &out, err: &faults, now: time.Now}
		looks := 0
		err := s.watch(ctx, 2*time.Second, func(context.Context) ([]json.RawMessage, bool, error) {
			looks++
			switch looks {
			case 1, 2:
				return []json.RawMessage{change("sent")}, false, nil
			case 3:
				return nil, false, errors.New("the courier cannot be asked")
			case 4:
				return []json.RawMessage{change("sent")}, false, nil
			case 5:
				return []json.RawMessage{change("delivered")}, false, nil
			}
			cancel()
			return nil, false, ctx.Err()
		})
		require.NoError(t, err, "Ctrl-C is the usual end")
		require.Equal(t, string(change("sent"))+"\n"+string(change("delivered"))+"\n", out.String())
		require.Equal(t, "the courier cannot be asked\n", faults.String())
	})
}

func TestWatchEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := &session{format: "table", out: &out, err: io.Discard, now: time.Now}
		looks := 0
		require.NoError(t, s.watch(t.Context(), time.Second, func(context.Context) ([]json.RawMessage, bool, error) {
			looks++
			return []json.RawMessage{change("sent")}, looks == 2, nil
		}))
		require.Equal(t, 2, looks)
		require.Equal(t, 1, strings.Count(out.String(), "sent"))
		refused := &RefusedError{Status: http.StatusUnauthorized}
		for _, fault := range []error{refused, errors.New("no courier there")} {
			require.ErrorIs(t, s.watch(t.Context(), time.Second, func(context.Context) ([]json.RawMessage, bool, error) { return nil, false, fault }), fault)
		}
	})
	// A delivery that has ended is watched once.
	server := serve(t, http.StatusOK, sample)
	s := &session{client: client{key: sampleKey, http: server.Client()}, format: "json", out: io.Discard, now: time.Now}
	base, err := http.NewRequest(http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	s.base = base.URL
	require.NoError(t, s.watch(t.Context(), time.Hour, s.one(id)))
	require.Len(t, server.asked, 1)
}

func TestTheKeyMayStandInAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte(sampleKey+"\n"), 0o600))
	t.Setenv(KeyEnv, "")
	t.Setenv(KeyEnv+"_FILE", file)
	key, err := apiKey()
	require.NoError(t, err)
	require.Equal(t, sampleKey, key)
}
