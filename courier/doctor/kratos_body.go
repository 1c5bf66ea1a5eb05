package doctor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Bodies makes what Kratos would post, and reads it as the courier does.
type Bodies struct {
	// Evaluate runs a program of jsonnet as Kratos does, without imports, and returns its
	// JSON.
	Evaluate func(ctx context.Context, name, program string) (string, error)
	Message  func(body []byte) (courier.Message, error)
	// Event returns whose codes of which purpose were used, or what is wrong.
	Event func(body []byte) (purpose courier.Purpose, person []courier.Query, problem string)
}

// The person of the samples.
const (
	samplePhone    = "+12025550143"
	sampleIdentity = "0191d3c4-5b6a-7c8d-9e0f-1a2b3c4d5e6f"
	sampleCode     = "482914"
)

// messages are the template types that a version of Kratos can send to a phone, each with
// the key of its code (seen with v1.3.1 and v26.2.0).
func messages(version string) map[string]string {
	types := map[string]string{"login_code_valid": "login_code", "verification_code_valid": "verification_code"}
	if !isV1(version) {
		types["registration_code_valid"], types["recovery_code_valid"] = "registration_code", "verification_code"
	}
	return types
}

// isV1 reports whether a version is one of before v25.
func isV1(version string) bool { return regexp.MustCompile(`^v?[01]\.`).MatchString(version) }

func identitySample() map[string]any {
	return map[string]any{
		"id": sampleIdentity, "schema_id": "phone", "state": "active",
		"traits":               map[string]any{"phone": samplePhone, "locale": "pt-BR"},
		"verifiable_addresses": []any{map[string]any{"value": samplePhone, "via": "sms", "verified": false, "status": "pending"}},
	}
}

// messageSample is what Kratos hands to the channel's body.
func messageSample(templateType, key string) map[string]any {
	return map[string]any{
		"recipient": samplePhone, "template_type": templateType, "message_type": "sms", "subject": "", "body": "Your code is: " + sampleCode + "\n",
		"template_data": map[string]any{
			"to": samplePhone, key: sampleCode, "request_url": "http://127.0.0.1:4433/self-service/login/api", "identity": identitySample(),
			"transient_payload": map[string]any{"channel": "sms", "locale": "de", "flow": "a-flow"},
		},
	}
}

// eventSample is what Kratos hands to the body of a web hook.
func eventSample() map[string]any {
	return map[string]any{
		"flow":           map[string]any{"id": "0191d3c4-5b6a-7c8d-9e0f-000000000000", "type": "browser", "transient_payload": map[string]any{}},
		"identity":       identitySample(),
		"request_method": "POST", "request_url": "http://127.0.0.1:4433/self-service/login", "request_headers": map[string]any{},
		"request_cookies": map[string]any{},
	}
}

// messageBody says what is wrong with the messages that a body makes.
func (k Kratos) messageBody(ctx context.Context, at, version, body string) []Finding {
	source, found := k.source(at, body)
	if len(found) > 0 || k.Bodies == nil {
		return found
	}
	for _, templateType := range slices.Sorted(maps.Keys(messages(version))) {
		made, err := k.Bodies.make(ctx, at, source, messageSample(templateType, messages(version)[templateType]))
		if err != nil {
			return []Finding{unmade(at, err)}
		}
		if found := judgeMessage(at, templateType, made, k.Bodies.Message); len(found) > 0 {
			return found
		}
	}
	return nil
}

// judgeMessage holds a message against the sample that it was made of.
func judgeMessage(at, templateType string, body []byte, read func([]byte) (courier.Message, error)) []Finding {
	const do = "take message.jsonnet of deploy/kratos, which passes everything on"
	m, err := read(body)
	switch {
	case err != nil:
		return []Finding{{Error, at, fmt.Sprintf("the courier does not take what it makes of a %s: %v", templateType, err), do}}
	case m.Undeliverable != "":
		return []Finding{{Error, at, fmt.Sprintf("the courier could not deliver what it makes of a %s: %s", templateType, m.Undeliverable), do}}
	case m.To.E164() != samplePhone || m.Code.Reveal() != sampleCode:
		return []Finding{{Error, at, fmt.Sprintf("of a %s it makes another number or another code", templateType), do}}
	case m.Identity == "":
		return []Finding{{Warning, at, "it does not pass template_data.identity on: the courier does not know whose code was used", do}}
	case m.Asked != courier.SMS || m.Flow == "" || len(m.Locales) == 0 || m.Locales[0] != "de":
		return []Finding{{Warning, at, "it does not pass template_data.transient_payload on: the courier does not know which channel, language and flow your page asks for", do}}
	}
	return nil
}

// eventBody says what is wrong with the events that a body makes after a flow.
func (k Kratos) eventBody(ctx context.Context, at, flow, body string) []Finding {
	source, found := k.source(at, body)
	if len(found) > 0 || k.Bodies == nil {
		return found
	}
	made, err := k.Bodies.make(ctx, at, source, eventSample())
	if err != nil {
		return []Finding{unmade(at, err)}
	}
	do := "take event." + flow + ".jsonnet of deploy/kratos"
	purpose, person, problem := k.Bodies.Event(made)
	switch {
	case problem != "":
		return []Finding{{Error, at, "the courier does not take what it makes: " + problem, do}}
	case string(purpose) != flow:
		return []Finding{{Error, at, fmt.Sprintf("it says %s after a %s", purpose, flow), do}}
	case !slices.ContainsFunc(person, func(q courier.Query) bool { return q.Identity == sampleIdentity || q.To.E164() == samplePhone }):
		return []Finding{{Error, at, "it does not say who got in", do}}
	}
	return nil
}

// make runs a snippet on a sample.
func (b Bodies) make(ctx context.Context, at, source string, sample any) ([]byte, error) {
	argument, err := json.Marshal(sample)
	if err != nil {
		return nil, err
	}
	// JSON is jsonnet, so the argument needs no quoting.
	made, err := b.Evaluate(ctx, at, "("+source+"\n)("+string(argument)+")")
	return []byte(made), err
}

// unmade is the finding about a snippet that does not run. The lines after the first one
// of its error show the snippet, which may hold a credential.
func unmade(at string, err error) Finding {
	line, _, _ := strings.Cut(err.Error(), "\n")
	line = regexp.MustCompile(`"[^"]*"?|'[^']*'?`).ReplaceAllString(line, `"…"`)
	return Finding{Error, at, "it cannot be evaluated on a sample, and Kratos posts nothing then: " + line, "correct it, or take the file of deploy/kratos"}
}

// source reads a snippet as Kratos does. Kratos takes the path of a file from its working
// directory; here it is first looked for beside the configuration.
func (k Kratos) source(at, body string) (string, []Finding) {
	encoded, isText := strings.CutPrefix(body, "base64://")
	name, isFile := strings.CutPrefix(body, "file://")
	switch {
	case isText:
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return "", []Finding{{Error, at, "what follows base64:// is not base64", "encode the snippet with base64 -w0"}}
		}
		return string(text), nil
	case isFile:
		text, err := readFirst(filepath.Join(filepath.Dir(k.File), name), name)
		if err != nil {
			return "", []Finding{{Unknown, at, fmt.Sprintf("the file cannot be read from here: %v", err), "run doctor in Kratos' working directory, or with a copy of its files beside --kratos-config"}}
		}
		return text, nil
	case strings.HasPrefix(body, "http://"), strings.HasPrefix(body, "https://"):
		return "", []Finding{{Unknown, at, "it is fetched from elsewhere, so it was not evaluated", "put it into a file beside Kratos' configuration, which needs no server at every start"}}
	}
	return "", []Finding{{Error, at, "it begins with none of file://, base64://, http:// and https://: Kratos posts nothing", "set it to the jsonnet file of deploy/kratos"}}
}

// readFirst reads the first of the files that is there; an absolute name stands by itself.
func readFirst(beside, name string) (string, error) {
	names := []string{beside, name}
	if filepath.IsAbs(name) {
		names = names[1:]
	}
	var missing error
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err == nil {
			return string(text), nil
		}
		missing = errors.Join(missing, err)
	}
	return "", missing
}
