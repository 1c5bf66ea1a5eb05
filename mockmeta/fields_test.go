package mockmeta_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
)

// sendAs posts a body of that Content-Type to the messages edge.
func (b *bench) sendAs(contentType, query, body string) answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.URL+phonePath+"/messages?"+query, strings.NewReader(body))
	require.NoError(b.t, err)
	req.Header.Set("Authorization", "Bearer "+mockmeta.DefaultAccessToken)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return b.do(req)
}

// otpForm is the same message as otp, as a form: what is no text is JSON.
func otpForm(t *testing.T) url.Values {
	form := url.Values{}
	for name, value := range otp(phone, "481920") {
		if text, ok := value.(string); ok {
			form.Set(name, text)
		} else {
			form.Set(name, mustJSON(t, value))
		}
	}
	return form
}

func TestTheContentTypeSaysWhatABodyIs(t *testing.T) {
	t.Parallel()
	message := mustJSON(t, otp(phone, "481920"))
	for name, c := range map[string]struct {
		kind, body string
		taken      bool
	}{
		"JSON":                        {"application/json", message, true},
		"JSON with a charset":         {"Application/JSON; charset=utf-8", message, true},
		"JSON as text":                {"text/plain", message, false},
		"JSON as a form":              {"application/x-www-form-urlencoded", message, false},
		"JSON without a Content-Type": {"", message, false},
		"JSON of another kind":        {"application/vnd.api+json", message, false},
		"a broken Content-Type":       {"json;;", message, false},
		"a form":                      {"application/x-www-form-urlencoded", otpForm(t).Encode(), true},
		"a form as JSON":              {"application/json", otpForm(t).Encode(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			a := b.sendAs(c.kind, "", c.body)
			if c.taken {
				require.Equal(t, 200, a.status, "%s", a.raw)
				require.Equal(t, "481920", b.message(a.wamid()).Code)
				return
			}
			require.Equal(t, []int{400, 100}, []int{a.status, a.code()}, "%s", a.raw)
			require.NotContains(t, string(a.raw), "481920")
			if !strings.HasSuffix(c.kind, "/json") {
				require.Contains(t, string(a.raw), "The parameter messaging_product is required.", "as Graph says")
				require.Contains(t, string(a.raw), "Content-Type", "and why")
			}
		})
	}
}

func TestParametersOfTheQueryAndOfForms(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.Equal(t, 200, b.sendAs("", otpForm(t).Encode(), "").status, "all in the query")
	require.Equal(t, 200, b.sendAs("application/json", "access_token=x&pretty=1", mustJSON(t, otp(phone, "1"))).status, "Graph's own")
	a := b.sendAs("application/json", "to="+url.QueryEscape(phone2), mustJSON(t, otp(phone, "1")))
	require.Equal(t, phone, a.body["contacts"].([]any)[0].(map[string]any)["input"], "the body goes first")
	require.Equal(t, 100, b.sendAs("application/json", "colour=green", mustJSON(t, otp(phone, "1"))).code(), "an unknown one")
	broken := otpForm(t)
	broken.Set("template", "{")
	require.Equal(t, 100, b.sendAs("application/x-www-form-urlencoded", "", broken.Encode()).code(), "an object that is no JSON")

	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	for name := range otpForm(t) {
		require.NoError(t, w.WriteField(name, otpForm(t).Get(name)))
	}
	require.NoError(t, w.WriteField("access_token", mockmeta.DefaultAccessToken))
	require.NoError(t, w.Close())
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.URL+phonePath+"/messages", &parts)
	require.NoError(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	a = b.do(req)
	require.Equal(t, 200, a.status, "curl -F, with the token among the fields: %s", a.raw)
	require.Contains(t, string(b.message(a.wamid()).Request), "messaging_product", "the journal shows the fields")
	require.NotContains(t, string(b.message(a.wamid()).Request), mockmeta.DefaultAccessToken)
}

func TestACallbackOverrideInTheQueryIsVerified(t *testing.T) {
	t.Parallel()
	b := start(t)
	own := newReceiver(t)
	override := func(token string) string {
		return url.Values{"override_callback_uri": {own.url}, "verify_token": {token}}.Encode()
	}
	a := b.graph(http.MethodPost, accountPath+"/subscribed_apps?"+override("wrong"), nil)
	require.Equal(t, []int{400, 2200}, []int{a.status, a.code()}, "%s", a.raw)
	require.Equal(t, 200, b.graph(http.MethodPost, accountPath+"/subscribed_apps?"+override(mockmeta.DefaultVerifyToken), nil).status)
	b.accepted(phone, "1")
	b.settled()
	require.Len(t, own.all(), 3)
	require.Equal(t, 200, b.graph(http.MethodPost, phonePath+"/register?messaging_product=whatsapp&pin=123456", nil).status)
}

func TestARealTokenInABodyIsRefusedAndNotKept(t *testing.T) {
	t.Parallel()
	b := start(t)
	const real = "EAAJB0123456789"
	form := otpForm(t)
	form.Set("access_token", real)
	require.Equal(t, 401, b.sendAs("application/x-www-form-urlencoded", "", form.Encode()).status)
	require.Equal(t, 401, b.sendAs("application/json", "", mustJSON(t, set(otp(phone, "1"), "access_token", real))).status)
	require.Equal(t, 401, b.sendAs("text/plain", "access_token="+real, "").status)
	calls, err := b.Client().Calls(b.ctx)
	require.NoError(t, err)
	require.NotContains(t, mustJSON(t, calls), real)
}

// curl is what curl would send, told by a shell function that stands in for it.
const curl = `
mockmeta() { :; }
curl() {
  url=$1 body= type=application/x-www-form-urlencoded token=; shift
  while [ $# -gt 0 ]; do
    case $1 in
      -H) token=$2 ;;
      -d) body=$2 ;;
      --json) body=$2 type=application/json ;;
    esac
    shift 2
  done
  printf '%s\n%s\n%s\n%s' "$url" "$token" "$type" "$body"
}
`

func TestTheReadmesCurlWorks(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(readme), "**curl**\n```sh\n")
	require.True(t, found)
	script, _, _ := strings.Cut(after, "```")
	out, err := exec.CommandContext(t.Context(), "sh", "-c", curl+script).Output()
	require.NoError(t, err)
	said := strings.SplitN(string(out), "\n", 4)
	require.Len(t, said, 4)
	b := start(t)
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, strings.Replace(said[0], "http://127.0.0.1:4490", b.URL, 1), strings.NewReader(said[3]))
	require.NoError(t, err)
	name, value, _ := strings.Cut(said[1], ": ")
	req.Header.Set(name, value)
	req.Header.Set("Content-Type", said[2])
	a := b.do(req)
	require.Equal(t, 200, a.status, "%s", a.raw)
	require.Equal(t, "481920", b.message(a.wamid()).Code)
}
