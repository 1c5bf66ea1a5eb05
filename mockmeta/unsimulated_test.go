package mockmeta_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
)

// foreign says that an answer is mockmeta's and no refusal by Meta.
func foreign(a answer) bool {
	e, _ := a.body["error"].(map[string]any)
	message, _ := e["message"].(string)
	return a.status == http.StatusNotImplemented && e["type"] == "MockmetaException" && strings.HasPrefix(message, "mockmeta does not simulate ")
}

func TestWhatIsNotSimulatedIsNoRefusalByMeta(t *testing.T) {
	t.Parallel()
	b := start(t)
	read := map[string]any{"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"}
	utility := decode(t, fixture(t, "templates/create-copy-code-request.json"))
	utility["category"] = "utility"
	template := b.graph(http.MethodGet, templatesEdge, nil).body["data"].([]any)[0].(map[string]any)["id"].(string)
	for name, c := range map[string]struct {
		method, path string
		body         any
	}{
		"marking as read":     {http.MethodPost, phonePath + "/messages", read},
		"a picture":           {http.MethodPost, phonePath + "/messages", set(otp(phone, "1"), "type", "image")},
		"a group":             {http.MethodPost, phonePath + "/messages", set(otp(phone, "1"), "recipient_type", "group")},
		"a reply":             {http.MethodPost, phonePath + "/messages", set(otp(phone, "1"), "context", map[string]any{"message_id": "wamid.x"})},
		"the profile":         {http.MethodGet, phonePath + "/whatsapp_business_profile", nil},
		"changing it":         {http.MethodPost, phonePath + "/whatsapp_business_profile", read},
		"a QR code":           {http.MethodGet, phonePath + "/message_qrdls/ABC", nil},
		"another template":    {http.MethodPost, templatesEdge, utility},
		"a template's name":   {http.MethodPost, "/v25.0/" + template, map[string]any{"name": "x"}},
		"unpausing":           {http.MethodPost, "/v25.0/" + template + "/unpause", map[string]any{}},
		"a field of a number": {http.MethodGet, phonePath + "?fields=certificate", nil},
		"an edge as a field":  {http.MethodGet, phonePath + "?fields=settings", nil},
		"the app":             {http.MethodGet, "/v25.0/" + mockmeta.AppID + "/uploads", nil},
		"tokens by code":      {http.MethodGet, "/v25.0/oauth/access_token", nil},
		"oneself":             {http.MethodGet, "/v25.0/me", nil},
	} {
		a := b.graph(c.method, c.path, c.body)
		require.True(t, foreign(a), "%s: %s", name, a.raw)
	}

	for name, a := range map[string]answer{
		"an unknown field":      b.send(set(otp(phone, "1"), "colour", "green")),
		"an unknown edge":       b.graph(http.MethodGet, phonePath+"/colours", nil),
		"an unknown path":       b.graph(http.MethodGet, phonePath+"/colours/green", nil),
		"an unknown category":   b.graph(http.MethodPost, templatesEdge, set(utility, "category", "GREETING")),
		"a wrong method":        b.graph(http.MethodDelete, phonePath+"/messages", nil),
		"a message to no phone": b.graph(http.MethodPost, accountPath+"/messages", otp(phone, "1")),
	} {
		require.Equal(t, 400, a.status, name)
		require.NotContains(t, string(a.raw), "mockmeta does not simulate", name)
	}
	require.Equal(t, 200, b.send(set(otp(phone, "1"), "context", nilValue)).status, "null is as if it were not there")
	lenient := start(t, func(o *mockmeta.Options) { o.Lenient = true })
	require.Equal(t, 200, lenient.send(set(otp(phone, "1"), "context", map[string]any{})).status)
}

// nilValue is written as null; set takes a plain nil for "remove it".
var nilValue = []string(nil)

func TestTwiliosOtherResourcesAreNotSimulated(t *testing.T) {
	t.Parallel()
	b := start(t)
	get, err := http.NewRequestWithContext(b.ctx, http.MethodGet, b.URL+"/2010-04-01/Accounts/"+mockmeta.DefaultTwilioAccountSID+"/Calls.json", nil)
	require.NoError(t, err)
	require.Equal(t, 401, b.do(get).status)
	get.SetBasicAuth(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken)
	for _, a := range []answer{
		b.do(get),
		b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, smsForm("MediaUrl", "https://example.org/x.png")),
		b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, smsForm("SendAt", "2027-01-01T00:00:00Z", "ScheduleType", "fixed")),
	} {
		require.Equal(t, 501, a.status, "%s", a.raw)
		require.Contains(t, a.body["message"], "mockmeta does not simulate")
	}
}

// Whatever Meta's own description has is either served or said to be not
// simulated; nothing of it is called unknown.
func TestNothingOfMetasDescriptionIsCalledUnknown(t *testing.T) {
	t.Parallel()
	doc := metaSpec(t)
	b := start(t)
	template := b.graph(http.MethodGet, templatesEdge, nil).body["data"].([]any)[0].(map[string]any)["id"].(string)
	ours := strings.NewReplacer("{Version}", "v23.0", "{Phone-Number-ID}", mockmeta.PhoneNumberID, "{WABA-ID}", mockmeta.WABAID,
		"{WhatsApp-Business-Account-ID}", mockmeta.WABAID, "{TEMPLATE_ID}", template, "{Application-ID}", mockmeta.AppID, "{QR-Code-ID}", "ABC")
	// valid are bodies that are complete but for the property that is looked at.
	valid := func(path string) map[string]any {
		switch {
		case strings.HasSuffix(path, "/messages"):
			return otp(phone, "1")
		case strings.HasSuffix(path, "/register"):
			return map[string]any{"messaging_product": "whatsapp", "pin": "123456"}
		}
		return map[string]any{}
	}
	served := 0
	known := func(method, path string, body any) {
		a := b.graph(method, path, body)
		for _, unknown := range []string{"nonexisting field", "does not support this operation", "Unknown path", "Unexpected key"} {
			require.NotContains(t, string(a.raw), unknown, "%s %s", method, path)
		}
		served++
	}
	for path, item := range doc.Paths.Map() {
		path = ours.Replace(path)
		if strings.Contains(path, "{") || path == "/whatsapp/webhooks" {
			continue
		}
		for method, operation := range item.Operations() {
			switch method {
			case http.MethodPost:
				known(method, path, valid(path))
				for _, name := range requestProperties(operation) {
					body := valid(path)
					if body[name] == nil && name != "text" { // a template message has no text
						body[name] = "x"
					}
					known(method, path, body)
				}
			case http.MethodGet:
				known(method, path, nil)
				for _, name := range answerProperties(operation) {
					if strings.Count(path, "/") == 2 { // a node has fields
						a := b.graph(method, path+"?fields="+name, nil)
						require.True(t, a.status == 200 || foreign(a), "%s of %s: %s", name, path, a.raw)
					}
				}
			}
		}
	}
	require.Greater(t, served, 40)
}

func requestProperties(operation *openapi3.Operation) []string {
	if operation.RequestBody == nil || operation.RequestBody.Value.Content["application/json"] == nil {
		return nil
	}
	return properties(operation.RequestBody.Value.Content["application/json"].Schema)
}

func answerProperties(operation *openapi3.Operation) []string {
	answer := operation.Responses.Value("200")
	if answer == nil || answer.Value.Content["application/json"] == nil {
		return nil
	}
	return properties(answer.Value.Content["application/json"].Schema)
}

// properties are the names of all properties that a schema knows.
func properties(ref *openapi3.SchemaRef) []string {
	var names []string
	for name := range ref.Value.Properties {
		names = append(names, name)
	}
	for _, list := range []openapi3.SchemaRefs{ref.Value.AllOf, ref.Value.OneOf, ref.Value.AnyOf} {
		for _, inner := range list {
			names = append(names, properties(inner)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
