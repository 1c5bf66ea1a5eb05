package signin

import (
	"testing"

	kratos "github.com/ory/kratos-client-go"
	"github.com/stretchr/testify/require"
)

// flowWith is a login flow as Kratos v1.3.1 gives it to browsers, as far as the
// page looks at it.
func flowWith(state, identifier string, messages ...int64) *kratos.LoginFlow {
	input := func(name string, value any) kratos.UiNode {
		return kratos.UiNode{Attributes: kratos.UiNodeAttributes{
			UiNodeInputAttributes: &kratos.UiNodeInputAttributes{Name: name, Value: value},
		}}
	}
	flow := &kratos.LoginFlow{Id: "flow-1", State: state, Ui: kratos.UiContainer{
		Action: "http://kratos/self-service/login?flow=flow-1",
		Nodes:  []kratos.UiNode{input("csrf_token", "token"), input("identifier", identifier)},
	}}
	for _, id := range messages {
		flow.Ui.Messages = append(flow.Ui.Messages, kratos.UiText{Id: id})
	}
	return flow
}

func TestViewOf(t *testing.T) {
	t.Parallel()
	const number = "+1 202 555 0123"
	for name, c := range map[string]struct {
		flow    *kratos.LoginFlow
		step    step
		problem string
	}{
		"new flow":              {flowWith("choose_method", ""), stepNumber, ""},
		"code sent":             {flowWith("sent_email", number, 1010014), stepCode, ""},
		"wrong code":            {flowWith("sent_email", number, 4010008), stepCode, "not right"},
		"too many tries":        {flowWith("sent_email", number, 4000001), stepDead, "cannot go on"},
		"used already":          {flowWith("passed_challenge", number, 4010002), stepDead, "cannot go on"},
		"expired":               {flowWith("choose_method", "", 4010001), stepNumber, "too long"},
		"unknown number":        {flowWith("choose_method", number, 4000035), stepNew, ""},
		"no number":             {flowWith("choose_method", "hello", 4000035), stepNumber, "no valid phone number"},
		"no country code":       {flowWith("choose_method", "0202 555 0123", 4000035), stepNumber, "no valid phone number"},
		"a number nobody has":   {flowWith("choose_method", "+447700900123", 4000035), stepNumber, "no valid phone number"},
		"nothing typed":         {flowWith("choose_method", "", 4000002), stepNumber, "your phone number"},
		"no code typed":         {flowWith("sent_email", number, 4000002), stepCode, "six digits"},
		"a message of tomorrow": {flowWith("choose_method", number, 4999999), stepNumber, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			view, err := viewOf(c.flow, "")
			require.NoError(t, err)
			require.Equal(t, c.step, view.Step)
			if c.problem == "" {
				require.Empty(t, view.Problem)
			}
			require.Contains(t, view.Problem, c.problem)
		})
	}
}

// A message may sit at a field instead of at the form.
func TestViewOfFieldMessage(t *testing.T) {
	t.Parallel()
	flow := flowWith("sent_email", "+12025550123")
	flow.Ui.Nodes[1].Messages = []kratos.UiText{{Id: 4000002}}
	view, err := viewOf(flow, "")
	require.NoError(t, err)
	require.Contains(t, view.Problem, "six digits")
}

func TestPayload(t *testing.T) {
	t.Parallel()
	view, err := viewOf(flowWith("sent_email", "+12025550123"), "pt-BR")
	require.NoError(t, err)
	require.JSONEq(t, `{"flow":"flow-1","locale":"pt-BR"}`, view.Payload)
	require.JSONEq(t, `{"flow":"flow-1","locale":"pt-BR","channel":"sms"}`, view.SMSPayload)
}
