package whatsapp

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// documented is Meta's list of codes with what each asks for, written down from
// the documents and not from the table: ABSENT the person is not on WhatsApp, PERM
// the person cannot be reached, CFG account or app, TPL template, BUG request,
// TRANS passing, THR limit of ours, PAIR limit of one person, N/A cannot happen to
// us.
const documented = `
0 CFG | 1 TRANS | 2 TRANS | 3 CFG | 4 THR | 10 CFG | 17 THR | 613 THR | 80008 THR | 33 CFG | 100 BUG
102 CFG | 104 CFG | 190 CFG | 341 THR | 2500 CFG | 2635 CFG | 200 CFG | 210 CFG | 299 CFG | 368 CFG | 803 CFG | 80007 THR | 130429 THR
130472 PERM | 130497 PERM | 131000 TRANS | 131005 CFG | 131008 BUG | 131009 BUG | 131016 TRANS
131021 PERM | 131026 ABSENT | 131030 PERM | 131031 CFG | 131037 CFG | 131042 CFG | 131044 CFG | 131045 CFG
131047 N/A | 131048 CFG | 131049 PERM | 131050 N/A | 131051 BUG | 131052 N/A | 131053 N/A
131055 N/A | 134100 N/A | 134101 N/A | 134102 N/A | 131056 PAIR | 131057 TRANS | 131058 TPL | 131062 BUG
131063 N/A | 131064 CFG | 131043 PERM | 132000 TPL | 132001 TPL | 132005 TPL | 132007 TPL | 132008 TPL
132012 TPL | 132015 TPL | 132016 TPL | 132018 BUG | 132068 N/A | 132069 N/A | 133000 CFG | 133004 TRANS | 133005 CFG
133006 CFG | 133007 CFG | 133008 CFG | 133009 CFG | 133010 CFG | 133015 CFG | 133016 CFG | 134011 N/A | 135000 BUG
137000 NEVER | 2388019 N/A | 2388040 N/A | 2388047 N/A | 2388072 N/A | 2388073 N/A | 2388293 N/A | 2388299 N/A`

var classes = map[string]courier.Class{
	"ABSENT": courier.ClassAbsent, "PERM": courier.ClassRecipient, "CFG": courier.ClassAccount,
	"TPL": courier.ClassTemplate, "BUG": courier.ClassConfig, "N/A": courier.ClassConfig,
	"TRANS": courier.ClassTransient, "THR": courier.ClassThrottled, "PAIR": courier.ClassPair,
	"NEVER": courier.ClassFinal,
}

func documentedCodes(t *testing.T) map[int]courier.Class {
	t.Helper()
	codes := map[int]courier.Class{}
	for _, m := range regexp.MustCompile(`(\d+) (\S+)`).FindAllStringSubmatch(documented, -1) {
		code, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		require.Contains(t, classes, m[2])
		codes[code] = classes[m[2]]
	}
	return codes
}

func TestEveryDocumentedCode(t *testing.T) {
	t.Parallel()
	for code, class := range documentedCodes(t) {
		for _, status := range []int{0, 200, 400, 401, 429, 500, 503, 504} {
			if code == 0 && status == 0 {
				continue // by webhook 0 is no code
			}
			verdict := Verdict(code, status)
			require.Equal(t, class, verdict.Class, "code %d, HTTP %d", code, status)
			require.Equal(t, strconv.Itoa(code), verdict.Code)
			require.NotEmpty(t, verdict.Reason)
		}
	}
	require.Equal(t, time.Second, Verdict(130429, 400).RetryAfter)
	require.Equal(t, 6*time.Second, Verdict(131056, 400).RetryAfter)
}

func TestTableIsSound(t *testing.T) {
	t.Parallel()
	documented := documentedCodes(t)
	seen := map[int]bool{}
	for _, row := range table() {
		require.NotEmpty(t, row.codes)
		require.NotEmpty(t, row.source, row.codes)
		for _, code := range row.codes {
			require.False(t, seen[code], "%d is there twice", code)
			require.Contains(t, documented, code, "add it to the documented list, with its source")
			seen[code] = true
		}
	}
}

func TestUnknownCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []int{-1, 5, 199, 300, 131999, 999999999} {
		for status, class := range map[int]courier.Class{
			0: courier.ClassRecipient, 400: courier.ClassConfig, 401: courier.ClassConfig, 403: courier.ClassConfig, 404: courier.ClassConfig,
			429: courier.ClassThrottled, 500: courier.ClassTransient, 503: courier.ClassTransient,
		} {
			require.Equal(t, class, Verdict(code, status).Class, "code %d, HTTP %d", code, status)
		}
	}
	none := Verdict(0, 0)
	require.Equal(t, courier.ClassRecipient, none.Class)
	require.Empty(t, none.Code)
}

func send(t *testing.T, status int, body string, header ...string) *courier.DeliveryError {
	t.Helper()
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer meta.Close()
	s, err := New(Config{
		BaseURL: meta.URL, APIVersion: "v25.0", PhoneNumberID: "1", AccessToken: "t",
		Template: Template{Name: "n", Languages: []string{"en"}, DefaultLanguage: "en"},
	})
	require.NoError(t, err)
	to, err := courier.ParsePhone("+12025550143")
	require.NoError(t, err)
	code, err := courier.NewCode("481920")
	require.NoError(t, err)
	_, err = s.Send(t.Context(), courier.Outgoing{To: to, Code: code, Reference: "r"})
	var failure *courier.DeliveryError
	require.ErrorAs(t, err, &failure)
	return failure
}

// What the breakers and the memory of absent numbers go by, code by code: one
// person must not be able to stop WhatsApp for others.
func TestNothingAboutOnePersonConcernsOthers(t *testing.T) {
	t.Parallel()
	for _, code := range []int{130472, 130497, 131021, 131026, 131030, 131043, 131049, 131056, 137000} {
		for _, status := range []int{0, 400, 401, 403, 500} {
			require.Equal(t, courier.BlameRecipient, Verdict(code, status).Class.Traits().Blame, "code %d, HTTP %d", code, status)
		}
	}
	for code := range documentedCodes(t) {
		require.Equal(t, code == 131026, Verdict(code, 400).Class.Traits().Remembered, code)
	}
}

// The files are named by HTTP status and code.
func TestEveryErrorFixture(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/errors/*.json")
	require.NoError(t, err)
	require.Len(t, files, 47)
	documented := documentedCodes(t)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(file)
			require.NoError(t, err)
			parts := regexp.MustCompile(`^(\d+)-(\d+)`).FindStringSubmatch(filepath.Base(file))
			status, _ := strconv.Atoi(parts[1])
			code, _ := strconv.Atoi(parts[2])
			failure := send(t, status, string(body))
			want := documented[code]
			if strings.Contains(file, "-sub33-") {
				want = courier.ClassAccount
			}
			require.Equal(t, want, failure.Class)
			require.Equal(t, parts[2], failure.Code)
			require.Equal(t, "en", failure.Variant)
			require.Contains(t, failure.Reason, "inventedTraceId")
		})
	}
}

func TestEveryStatusWithoutEnvelope(t *testing.T) {
	t.Parallel()
	// 1xx are no final answers; net/http does not let a server send them as such.
	for status := 200; status < 600; status++ {
		want := courier.ClassConfig
		switch {
		case status < 300, status == 499, status == 500, status == 502, status == 504, status > 504 && !slices.Contains([]int{505, 511, 521, 523, 525, 526, 530}, status):
			want = courier.ClassUnknown
		case status == 429:
			want = courier.ClassThrottled
		case status == 408, status >= 500:
			want = courier.ClassTransient
		}
		body := "<html>12025550143</html>"
		if status == 204 || status == 304 {
			body = ""
		}
		failure := send(t, status, body)
		require.Equal(t, want, failure.Class, status)
		require.Empty(t, failure.Code)
		require.Contains(t, failure.Reason, strconv.Itoa(status))
		require.NotContains(t, failure.Reason, "2025550143")
	}
}

func TestStrangeEnvelopes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		class  courier.Class
		code   string
	}{
		"data as text":           {400, `{"error":{"message":"m","code":131026,"error_data":"+12025550143"}}`, courier.ClassAbsent, "131026"},
		"data as list":           {400, `{"error":{"code":131026,"error_data":[1]}}`, courier.ClassAbsent, "131026"},
		"code as text":           {400, `{"error":{"code":"131026"}}`, courier.ClassAbsent, "131026"},
		"no code":                {500, `{"error":{"message":"m"}}`, courier.ClassUnknown, ""},
		"code null":              {503, `{"error":{"code":null}}`, courier.ClassTransient, ""},
		"code is a word":         {400, `{"error":{"code":"x"}}`, courier.ClassConfig, ""},
		"code is a fraction":     {400, `{"error":{"code":1.5}}`, courier.ClassConfig, ""},
		"error is text":          {400, `{"error":"+12025550143"}`, courier.ClassConfig, ""},
		"array":                  {429, `[]`, courier.ClassThrottled, ""},
		"cut off":                {400, `{"error":{"code":131026`, courier.ClassConfig, ""},
		"error in a 200":         {200, `{"error":{"code":131026}}`, courier.ClassAbsent, "131026"},
		"number named":           {400, `{"error":{"code":131009,"error_data":{"details":"The phone number +12025550143 is invalid"}}}`, courier.ClassRecipient, "131009"},
		"number named, text":     {400, `{"error":{"code":131009,"error_data":"Recipient is wrong"}}`, courier.ClassRecipient, "131009"},
		"number not named":       {400, `{"error":{"code":131009,"error_data":{"details":"Parameter value is not valid"}}}`, courier.ClassConfig, "131009"},
		"hostile trace id":       {400, `{"error":{"code":131026,"fbtrace_id":"+12025550143 is wrong"}}`, courier.ClassAbsent, "131026"},
		"messages beside error":  {400, `{"messages":[{"id":"wamid.A"}],"error":{"code":131026}}`, courier.ClassAbsent, "131026"},
		"messages in a 500 page": {500, `{"messages":[{"id":"wamid.A"}]}`, courier.ClassUnknown, ""},
		"an odd field before":    {400, `{"error":{"error_subcode":"","code":131026}}`, courier.ClassAbsent, "131026"},
		"odd fields all around":  {400, `{"contacts":"","messages":{"id":7},"error":{"error_subcode":[],"fbtrace_id":7,"error_data":{"details":{}},"code":131026}}`, courier.ClassAbsent, "131026"},
		"no proof":               {400, `{"error":{"message":"API calls from the server require an appsecret_proof argument","type":"GraphMethodException","code":100}}`, courier.ClassAccount, "100"},
		"another app's proof":    {400, `{"error":{"message":"(#100) Invalid appsecret_proof provided in the API argument","code":100}}`, courier.ClassAccount, "100"},
		"an odd message":         {400, `{"error":{"message":{"appsecret_proof":1},"code":100}}`, courier.ClassConfig, "100"},
		"an odd code":            {400, `{"error":{"code":"","fbtrace_id":"A"}}`, courier.ClassConfig, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failure := send(t, tc.status, tc.body)
			require.Equal(t, tc.class, failure.Class, failure.Reason)
			require.Equal(t, tc.code, failure.Code)
			require.NotContains(t, fmt.Sprintf("%v %+v", failure, *failure), "2025550143")
		})
	}
	noProof := send(t, 400, `{"error":{"message":"API calls from the server require an appsecret_proof argument","code":100}}`)
	require.Contains(t, noProof.Reason, "whatsapp.app_secrets")
	unknownObject := send(t, 400, `{"error":{"code":100,"error_subcode":33}}`)
	require.Contains(t, unknownObject.Reason, "whatsapp.phone_number_id")
	require.Equal(t, courier.ClassAccount, unknownObject.Class)
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()
	limit := `{"error":{"code":130429}}`
	require.Equal(t, time.Second, send(t, 400, limit).RetryAfter)
	require.Equal(t, 7*time.Second, send(t, 400, limit, "Retry-After", "7").RetryAfter)
	require.Equal(t, 30*time.Second, send(t, 503, "", "Date", "Thu, 12 Nov 2026 14:13:23 GMT", "Retry-After", "Thu, 12 Nov 2026 14:13:53 GMT").RetryAfter)
	require.Equal(t, time.Hour, send(t, 429, "", "Retry-After", "99999").RetryAfter)
	require.Zero(t, send(t, 429, "").RetryAfter)
}

func TestReasonsAreShortAndSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, row := range table() {
		require.Less(t, len(row.reason), 200, row.reason)
		require.False(t, strings.HasSuffix(row.reason, "."), row.reason)
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte(`{"messages":[{"id":"wamid.A"}]}`))
	f.Add([]byte(`{"error":{"code":131026,"error_data":{"details":"d"},"fbtrace_id":"A"}}`))
	f.Add([]byte(`{"error":{"code":"1","error_data":"x"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a := parseAnswer(raw)
		_ = a.id()
		if code, err := a.Error.number(); err == nil && Verdict(code, 400).Class == "" {
			t.Fatalf("no class for %d", code)
		}
	})
}
