package signin

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/nyaruka/phonenumbers"
	kratos "github.com/ory/kratos-client-go"
)

// Kratos' message ids. The page decides by id, because texts differ between
// versions: v1.3.1 speaks of an email where a phone is meant.
const (
	idFlowExpired   = 4010001
	idNoStrategy    = 4010002
	idWrongCode     = 4010008
	idUnknownPerson = 4000035
	idTooOften      = 4000001
	idMissing       = 4000002
)

// step is what the page asks for.
type step string

const (
	stepNumber step = "number" // type your phone number
	stepNew    step = "new"    // there is no account with this number
	stepCode   step = "code"   // type the code
	stepDead   step = "dead"   // only a new flow helps
)

// loginView is a login flow as the page shows it.
type loginView struct {
	Step step
	// FlowID, Action and CSRF are what the form needs to reach Kratos.
	FlowID, Action, CSRF string
	// Identifier is the number as the person typed it.
	Identifier string
	// Problem is what is wrong, in words for the person; may be empty.
	Problem string
	// Payload and SMSPayload are JSON texts for the field transient_payload: a
	// form reaches it only as one field. Kratos passes them on to the courier
	// and forgets them, so each submit carries them again.
	Payload, SMSPayload string
}

// viewOf decides what to show of a flow. locale is the browser's language, or "".
func viewOf(flow *kratos.LoginFlow, locale string) (loginView, error) {
	v := loginView{
		Step: stepNumber, FlowID: flow.Id, Action: flow.Ui.Action,
		CSRF: inputValue(flow, "csrf_token"), Identifier: inputValue(flow, "identifier"),
	}
	var err error
	if v.Payload, err = payload(flow.Id, locale, ""); err != nil {
		return v, err
	}
	if v.SMSPayload, err = payload(flow.Id, locale, "sms"); err != nil {
		return v, err
	}
	ids := messageIDs(flow)
	if flow.State == "sent_email" {
		// Kratos' name for "a code was sent", on whichever way.
		v.Step = stepCode
	}
	switch {
	case slices.Contains(ids, idTooOften), slices.Contains(ids, idNoStrategy):
		v.Step, v.Problem = stepDead, "This sign-in cannot go on: there were too many tries, or the code was used already."
	case slices.Contains(ids, idUnknownPerson):
		v.Step, v.Problem = unknownNumber(v.Identifier)
	case slices.Contains(ids, idWrongCode):
		v.Problem = "That code is not right. Use the newest message: an older code ends when a new one is sent."
	case slices.Contains(ids, idFlowExpired):
		v.Problem = "That took too long, so the code is no longer valid. Please start again."
	case slices.Contains(ids, idMissing) && v.Step == stepCode:
		v.Problem = "Please type the six digits of the code."
	case slices.Contains(ids, idMissing):
		v.Problem = "Please type your phone number."
	}
	return v, nil
}

// unknownNumber tells a new number from a typing mistake: Kratos has one answer
// for both.
func unknownNumber(identifier string) (step, string) {
	if _, err := e164(identifier); err != nil {
		return stepNumber, "That is no valid phone number in international form. It starts with + and the country code, such as +1 202 555 0123."
	}
	return stepNew, ""
}

// e164 normalises a typed number. Identities get it in this form, because Kratos
// never marks a number with spaces in it as verified. It refuses what Kratos would
// refuse in a trait of format "tel": a number that its country does not give out.
func e164(typed string) (string, error) {
	number, err := phonenumbers.Parse(typed, "ZZ")
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", errors.New("not a valid phone number in international form")
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// payload is what the courier learns from the client: the flow, so that a newer
// code replaces an older one of the same sign-in only; the language; the channel.
func payload(flow, locale, channel string) (string, error) {
	fields := map[string]string{"flow": flow}
	if locale != "" {
		fields["locale"] = locale
	}
	if channel != "" {
		fields["channel"] = channel
	}
	raw, err := json.Marshal(fields)
	return string(raw), err
}

func inputValue(flow *kratos.LoginFlow, name string) string {
	for _, node := range flow.Ui.Nodes {
		if input := node.Attributes.UiNodeInputAttributes; input != nil && input.Name == name {
			value, _ := input.Value.(string) // absent is empty
			return value
		}
	}
	return ""
}

func messageIDs(flow *kratos.LoginFlow) []int64 {
	var ids []int64
	for _, m := range flow.Ui.Messages {
		ids = append(ids, m.Id)
	}
	for _, node := range flow.Ui.Nodes {
		for _, m := range node.Messages {
			ids = append(ids, m.Id)
		}
	}
	return ids
}
