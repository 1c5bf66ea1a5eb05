package doctor

import (
	"context"
	"encoding/base64"
	"testing"

	"github.com/google/go-jsonnet"
	"github.com/stretchr/testify/require"
)

// evaluate runs jsonnet without a process of its own: tests have no code that runs away.
func evaluate(_ context.Context, name, program string) (string, error) {
	return jsonnet.MakeVM().EvaluateAnonymousSnippet(name, program)
}

// encoded is a snippet as Kratos' configuration may have it.
func encoded(snippet string) string {
	return "base64://" + base64.StdEncoding.EncodeToString([]byte(snippet))
}

// Each body is evaluated, and read as the courier reads it.
func TestEachFaultOfABody(t *testing.T) {
	t.Parallel()
	const (
		message = "kratos.yml: courier.channels.0.request_config.body"
		login   = "kratos.yml: selfservice.flows.login.after.code.hooks.0.config.body"
		signUp  = "kratos.yml: selfservice.flows.registration.after.code.hooks.0.config.body"
	)
	channel := func(snippet string) []string { return []string{"body: file://message.jsonnet", "body: " + snippet} }
	after := func(flow, snippet string) []string {
		return []string{"body: file://event." + flow + ".jsonnet", "body: " + snippet}
	}
	for name, c := range map[string]struct {
		change []string
		want   []string
		says   string
	}{
		"everything, encoded":  {channel(encoded("function(ctx) ctx // all")), nil, ""},
		"Kratos' own default":  {channel(encoded(`function(ctx) {recipient: ctx.recipient, template_type: ctx.template_type, body: ctx.body}`)), []string{"error " + message}, "`template_data` is missing"},
		"another number":       {channel(encoded(`function(ctx) ctx + {recipient: "+12025550199"}`)), []string{"error " + message}, "another number"},
		"no code":              {channel(encoded(`function(ctx) ctx + {template_data: {}}`)), []string{"error " + message}, "could not deliver"},
		"logins only":          {channel(encoded(`function(ctx) if ctx.template_type == "login_code_valid" then ctx else error "no"`)), []string{"error " + message}, "cannot be evaluated"},
		"no identity":          {channel(encoded(`function(ctx) ctx + {template_data+: {identity:: null}}`)), []string{"warning " + message}, "whose code"},
		"no transient payload": {channel(encoded(`function(ctx) ctx + {template_data+: {transient_payload:: null}}`)), []string{"warning " + message}, "which channel"},
		"no jsonnet":           {channel(encoded(`function(ctx) {"a-secret`)), []string{"error " + message}, "cannot be evaluated"},
		"no base64":            {channel("base64://***"), []string{"error " + message}, "not base64"},
		"the text itself":      {channel(`"function(ctx) ctx"`), []string{"error " + message}, "begins with none"},
		"fetched":              {channel("https://example.com/message.jsonnet"), []string{"unknown " + message}, "not evaluated"},
		"missing file":         {channel("file://missing.jsonnet"), []string{"unknown " + message}, "cannot be read"},
		"no identity in event": {after("login", encoded(`function(ctx) {event: "login", phones: []}`)), []string{"error " + login}, "who got in"},
		"event of another":     {after("login", encoded(`function(ctx) {event: "recovery", identity_id: ctx.identity.id}`)), []string{"error " + login}, "recovery after a login"},
		"event without a name": {after("login", encoded(`function(ctx) {identity_id: ctx.identity.id}`)), []string{"error " + login}, "`event` must be"},
		"phones by name":       {after("registration", encoded(`function(ctx) {event: "registration", identity_id: ctx.identity.id, phones: [ctx.identity.traits.phone]}`)), nil, ""},
		"sign-up by id only":   {after("registration", encoded(`function(ctx) {event: "registration", identity_id: ctx.identity.id}`)), []string{"error " + signUp}, "`phones` is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := withKratos(t, c.change...)
			require.Equal(t, c.want, told(found))
			if c.says != "" {
				require.Contains(t, found[0].What, c.says)
				require.NotContains(t, found[0].What, "a-secret")
			}
		})
	}
}

// What Kratos v1.3.1 cannot send is not asked for.
func TestSamplesAreOfWhatAVersionSends(t *testing.T) {
	t.Parallel()
	require.Len(t, messages("v1.3.1"), 2)
	require.Len(t, messages("v26.2.0"), 4)
	require.Len(t, messages(""), 4)
}
