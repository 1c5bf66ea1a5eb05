package mockmeta_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func TestAnAcceptedMessageIsAnsweredAsMetaDoes(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := b.send(set(otp(phone, "481920"), "biz_opaque_callback_data", "d1.1"))
	require.Equal(t, http.StatusOK, a.status, "%s", a.raw)
	require.Equal(t, []any{map[string]any{"input": phone, "wa_id": "12025550143"}}, a.body["contacts"])
	require.Regexp(t, `^wamid\.HBgLMTIwMjU1NTAxNDMVAgARGB[A-Za-z0-9+/]+=*$`, a.wamid())
	require.Equal(t, "accepted", a.body["messages"].([]any)[0].(map[string]any)["message_status"])

	seen, err := b.Client().WaitForMessages(b.ctx, client.Filter{To: phone, Channel: client.WhatsApp}, 1)
	require.NoError(t, err)
	require.Len(t, seen, 1)
	m := seen[0]
	require.Equal(t, a.wamid(), m.ID)
	require.Equal(t, "481920", m.Code)
	require.Equal(t, "*481920* is your verification code. For your security, do not share this code.", m.Text)
	require.Equal(t, "login_code", m.Template)
	require.Equal(t, "en_US", m.Language)
	require.Equal(t, "d1.1", m.CallbackData)
	require.Contains(t, string(m.Request), `"biz_opaque_callback_data"`)
}

func TestShapesThatMetaTakes(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]map[string]any{
		"index as a number":        set(otp(phone, "1"), "template.components.1.index", 0),
		"with a language policy":   set(otp(phone, "1"), "template.language.policy", "deterministic"),
		"without a recipient type": set(otp(phone, "1"), "recipient_type", nil),
		"a spaced number":          otp("+1 (202) 555-0143", "1"),
		"fifteen characters":       otp(phone, "ABCDEFGHIJKLMNO"),
		"with a gap and a dot":     otp(phone, "AB.C 48-20/1"),
		"another alphabet":         set(otp(phone, "۴۸۱۹۲۰"), "template.language.code", "ar"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := start(t).send(body)
			require.Equal(t, http.StatusOK, a.status, "%s", a.raw)
		})
	}
}

func TestNumbersWithoutPlusGetTheSendersCountry(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := b.send(otp("9876543210", "1"))
	require.Equal(t, []any{map[string]any{"input": "9876543210", "wa_id": "19876543210"}}, a.body["contacts"])
}

func TestRefusedMessages(t *testing.T) {
	t.Parallel()
	b := start(t)
	for name, c := range map[string]struct {
		body         any
		status, code int
	}{
		"no JSON":                      {[]byte(`{"to":`), 400, 100},
		"two objects":                  {[]byte(`{}{}`), 400, 100},
		"no messaging product":         {set(otp(phone, "1"), "messaging_product", nil), 400, 100},
		"no recipient":                 {set(otp(phone, "1"), "to", nil), 400, 100},
		"a recipient that is none":     {otp("home", "1"), 400, 131009},
		"a number that is too long":    {otp("+1234567890123456", "1"), 400, 131009},
		"a strange recipient type":     {set(otp(phone, "1"), "recipient_type", "crowd"), 400, 131009},
		"a business-scoped user id":    {set(set(otp(phone, "1"), "to", nil), "recipient", "US.908"), 400, 131062},
		"a type that Meta has not":     {set(otp(phone, "1"), "type", "jpeg"), 400, 100},
		"an unknown field":             {set(otp(phone, "1"), "templates", "x"), 400, 100},
		"an unknown inner field":       {set(otp(phone, "1"), "template.components.0.parameter", "x"), 400, 100},
		"a component of wrong type":    {set(otp(phone, "1"), "template.components.0", "x"), 400, 100},
		"no template name":             {set(otp(phone, "1"), "template.name", nil), 400, 100},
		"no language":                  {set(otp(phone, "1"), "template.language", nil), 400, 100},
		"a template that is not there": {set(otp(phone, "1"), "template.name", "other"), 404, 132001},
		"a language that is not there": {set(otp(phone, "1"), "template.language.code", "en"), 404, 132001},
		"no components":                {set(otp(phone, "1"), "template.components", nil), 400, 132000},
		"an otp button":                {set(otp(phone, "1"), "template.components.1.sub_type", "otp"), 400, 131009},
		"a second button":              {set(otp(phone, "1"), "template.components.1.index", "1"), 400, 131009},
		"a header":                     {set(otp(phone, "1"), "template.components.0.type", "header"), 400, 132012},
		"no button parameter":          {set(otp(phone, "1"), "template.components.1.parameters", nil), 400, 131008},
		"another code in the button":   {set(otp(phone, "1"), "template.components.1.parameters", []any{map[string]any{"type": "text", "text": "2"}}), 400, 132018},
		"an empty code":                {otp(phone, ""), 400, 132012},
		"sixteen characters":           {otp(phone, "1234567890123456"), 400, 132018},
		"a code of two lines":          {otp(phone, "48\n20"), 400, 132018},
		"a code with a tab":            {otp(phone, "48\t20"), 400, 132018},
		"a code with a wide gap":       {otp(phone, "48     20"), 400, 132018},
		"a code that is a link":        {otp(phone, "http://a.io/1"), 400, 132018},
		"a short link":                 {otp(phone, "bit.ly/48"), 400, 132018},
		"an emoji":                     {otp(phone, "48👍20"), 400, 132018},
		"long callback data":           {set(otp(phone, "1"), "biz_opaque_callback_data", strings.Repeat("x", 513)), 400, 131009},
		"the sender itself":            {otp(mockmeta.DisplayPhoneNumber, "1"), 400, 131021},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.send(c.body)
			require.Equal(t, c.status, a.status, "%s", a.raw)
			require.Equal(t, c.code, a.code(), "%s", a.raw)
			require.NotEmpty(t, a.body["error"].(map[string]any)["fbtrace_id"])
		})
	}
	seen, err := b.Client().Messages(b.ctx, client.Filter{})
	require.NoError(t, err)
	require.Empty(t, seen, "a refused message reaches no phone")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	b := start(t)
	path := "/v25.0/" + mockmeta.PhoneNumberID + "/messages"
	a := b.graphAs("", http.MethodPost, path, otp(phone, "1"))
	require.Equal(t, []int{401, 104}, []int{a.status, a.code()})
	a = b.graphAs("wrong", http.MethodPost, path, otp(phone, "1"))
	require.Equal(t, []int{401, 190}, []int{a.status, a.code()})
	a = b.graphAs("", http.MethodPost, path+"?access_token="+mockmeta.DefaultAccessToken, otp(phone, "1"))
	require.Equal(t, http.StatusOK, a.status)
}

func TestPaths(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.Equal(t, http.StatusOK, b.graph(http.MethodPost, "/"+mockmeta.PhoneNumberID+"/messages", otp(phone, "1")).status,
		"a path without version works")
	a := b.graph(http.MethodPost, "/v25.0/999/messages", otp(phone, "1"))
	require.Equal(t, []int{400, 100}, []int{a.status, a.code()})
	require.EqualValues(t, 33, a.body["error"].(map[string]any)["error_subcode"])
	a = b.graph(http.MethodPost, "/v25.0/a/b/c", nil)
	require.Equal(t, []int{400, 2500}, []int{a.status, a.code()})
}

// The requests that the documents show are taken as they are, but for the name
// of the template.
func TestSendRequestsOfTheDocuments(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, name := range []string{"copy-code", "copy-code-policy", "copy-code-tracked", "identity-hash"} {
		raw, err := os.ReadFile("testdata/send/request-" + name + ".json")
		require.NoError(t, err)
		a := b.send([]byte(strings.ReplaceAll(string(raw), "kratos_login_copy_code", "login_code")))
		require.Equal(t, http.StatusOK, a.status, "%s: %s", name, a.raw)
	}
}
