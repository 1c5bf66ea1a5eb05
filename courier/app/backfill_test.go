package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/backfill"
)

func TestBackfillCommand(t *testing.T) {
	t.Parallel()
	kratos := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPatch {
			w.WriteHeader(http.StatusConflict)
			return
		}
		_, _ = w.Write([]byte(`[{"id":"one","schema_id":"phone","schema_url":"http://127.0.0.1/schemas/phone","traits":{"phone":"+12025550143"}}]`))
	}))
	t.Cleanup(kratos.Close)
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"count":           {[]string{"--admin", kratos.URL, "--dry-run"}, 0, "without the credential  1"},
		"as JSON":         {[]string{"--admin", kratos.URL, "--dry-run", "--format", "json"}, 0, `"missing": 1`},
		"refused":         {[]string{"--admin", kratos.URL, "--apply"}, 2, "one                     409  another identity has this number"},
		"without --admin": {[]string{"--dry-run"}, 1, `required flag(s) "admin" not set`},
		"no URL":          {[]string{"--admin", "localhost:4434", "--dry-run"}, 1, "--admin: must be the base URL"},
		"neither":         {[]string{"--admin", kratos.URL}, 1, "set one of --dry-run and --apply"},
		"both":            {[]string{"--admin", kratos.URL, "--dry-run", "--apply"}, 1, "set one of --dry-run and --apply"},
		"no such format":  {[]string{"--admin", kratos.URL, "--dry-run", "--format", "xml"}, 1, "--format: must be table or json"},
		"no rate":         {[]string{"--admin", kratos.URL, "--apply", "--rate", "0"}, 1, "--rate: must be at least 1"},
		"nothing listens": {[]string{"--admin", "http://127.0.0.1:9", "--dry-run"}, 1, "read the identities: "},
	} {
		var out bytes.Buffer
		status := Main(t.Context(), "v1", append([]string{"kratos", "backfill"}, c.args...), &out, &out)
		require.Equal(t, c.status, status, "%s: %s", name, &out)
		require.Contains(t, out.String(), c.says, name)
		require.NotContains(t, out.String(), "2025550143", name)
	}
}

func TestBackfillProgressInAFileIsALineASecond(t *testing.T) {
	t.Parallel()
	for total, want := range map[int]string{
		0:   "20 identities read, 3 without the credential, 2 written, 1 refused\n",
		500: "20 of 500 identities read, 3 without the credential, 2 written, 1 refused\n",
	} {
		var out bytes.Buffer
		now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
		progress := newBackfillProgress(&out, false, true, total, func() time.Time { return now })
		progress.say(backfill.Report{Read: 1})
		require.Empty(t, out.String())
		now = now.Add(time.Second)
		progress.say(backfill.Report{Read: 20, Missing: 3, Written: 2, Refused: make([]backfill.Refusal, 1)})
		progress.say(backfill.Report{Read: 21})
		progress.end()
		require.Equal(t, want, out.String())
	}
}

func TestBackfillProgressOnATerminalIsOneLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		apply bool
		total int
		want  string
	}{
		{true, 500, "\r\x1b[K[#########...........]  45%  225 of 500, 75/s, 4s left, 2 written, 1 refused\r\x1b[K"},
		{true, 200, "\r\x1b[K[####################] 100%  225 of 225, 75/s, 0s left, 2 written, 1 refused\r\x1b[K"},
		{false, 500, "\r\x1b[K[#########...........]  45%  225 of 500, 75/s, 4s left, 30 without the credential, 1 refused\r\x1b[K"},
		{true, 0, "\r\x1b[K/ 225 read, 75/s, 2 written, 1 refused\r\x1b[K"},
	} {
		var out bytes.Buffer
		now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
		progress := newBackfillProgress(&out, true, c.apply, c.total, func() time.Time { return now })
		progress.say(backfill.Report{Read: 1})
		require.Empty(t, out.String())
		now = now.Add(3 * time.Second)
		progress.say(backfill.Report{Read: 225, Missing: 30, Written: 2, Refused: make([]backfill.Refusal, 1)})
		progress.say(backfill.Report{Read: 226})
		progress.end()
		require.Equal(t, c.want, out.String())
		require.NotContains(t, out.String(), "\n")
	}
}
