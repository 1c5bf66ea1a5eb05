package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ory/jsonschema/v3"
)

// schemaFaults validates against the schema and names every fault.
func schemaFaults(ctx context.Context, values map[string]any) ([]string, error) {
	compiled, err := jsonschema.CompileString(ctx, "config.schema.json", string(Schema))
	if err != nil {
		return nil, err
	}
	var schema any
	if err := json.Unmarshal(Schema, &schema); err != nil {
		return nil, err
	}
	document, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	err = compiled.Validate(bytes.NewReader(document))
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil, err
	}
	return leaves(schema, invalid), nil
}

// leaves flattens a validation error to "path: what is wrong".
func leaves(schema any, e *jsonschema.ValidationError) []string {
	var faults []string
	for _, cause := range e.Causes {
		faults = append(faults, leaves(schema, cause)...)
	}
	if len(e.Causes) > 0 {
		return faults
	}
	path := pathOf(e.InstancePtr)
	switch rule := keys(e.SchemaPtr); rule[len(rule)-1] {
	case "additionalProperties":
		for _, name := range quoted.FindAllString(e.Message, -1) {
			if name, err := strconv.Unquote(name); err == nil {
				faults = append(faults, at(below(path, name), "there is no such setting; look for a misspelt name"))
			}
		}
	case "required":
		for _, pointer := range missing(e) {
			text, setting := "is missing", pathOf(pointer)
			if strings.HasPrefix(setting, "secrets") {
				text += "; " + cryptOrigin()
			}
			faults = append(faults, at(setting, text))
		}
	default:
		faults = append(faults, at(path, inWords(schema, rule, e)))
	}
	return faults
}

// missing are the JSON pointers of settings that must be there.
func missing(e *jsonschema.ValidationError) []string {
	if required, ok := e.Context.(*jsonschema.ValidationErrorContextRequired); ok {
		return required.Missing
	}
	return nil
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// inWords says what to write instead of what breaks the rule at a place of the
// schema. It shows no value, which could be a secret.
func inWords(schema any, rule []string, e *jsonschema.ValidationError) string {
	keyword := rule[len(rule)-1]
	node, _ := find(schema, rule[:len(rule)-1]).(map[string]any)
	pattern, _ := node["pattern"].(string)
	form, known := forms()[pattern]
	switch limit := node[keyword]; keyword {
	case "type":
		if !known {
			form = typeInWords(fmt.Sprint(limit))
		}
		if strings.HasSuffix(e.Message, " null") {
			return "is empty: it " + form
		}
		return form
	case "pattern":
		return form
	case "enum":
		return strings.Replace(e.Message, "value must be", "must be", 1)
	case "minItems":
		return "must not be empty"
	case "maxItems":
		return fmt.Sprintf("must have at most %v entries", limit)
	case "minLength":
		if limit == 1.0 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %v characters", limit)
	case "minimum":
		return fmt.Sprintf("must be at least %v", limit)
	case "maximum":
		return fmt.Sprintf("must be at most %v", limit)
	}
	return e.Message
}

const aDuration = `must be a duration such as "30s" or "5m"`

// forms say in words what the patterns of the schema ask for. A test holds them
// against the schema.
func forms() map[string]string {
	return map[string]string{
		`^([0-9]+(ns|us|ms|s|m|h))+$`:     aDuration,
		`^([0-9]+(ns|us|ms|s|m|h))*$`:     `must be a duration such as "72h", or empty`,
		`^0[0-7]{3}$`:                     `must be a mode as of chmod, in quotes, such as "0660"`,
		`^/`:                              "must be a path that begins with /",
		`^https?://`:                      "must be a URL that begins with https:// or http://",
		`^(https?://.*)?$`:                `must be a URL that begins with https:// or http://, or ""`,
		`^v[0-9]+\.[0-9]+$`:               "must be a version such as v25.0",
		`^[0-9]*$`:                        "must be digits only, in quotes: it is an id, not a phone number",
		`^[a-z0-9_]{1,512}$`:              "must be the name of a template: small letters, digits and _",
		`^[a-z0-9_-]{1,32}$`:              "must be a name of at most 32 small letters, digits, _ and -",
		`^[a-z]{2,3}(_[A-Za-z]{2,4})?$`:   "must be a language as Meta writes it, such as en_US or de",
		`^[A-Z]{3}$`:                      "must be a currency such as USD",
		"^https?://[^/?#*]+$":             "must be an origin without a path, such as https://login.example.com",
		"^([a-z0-9-]+([.][a-z0-9-]+)*)?$": "must be a host in small letters, such as login.example.com, or empty",
		`^[A-Za-z0-9+/=]{11}$`:            "must be the 11 characters of the hash of your app's signing key, in quotes",
		`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$`: "must be the package name of an app, such as com.example.app",
		`^\+[0-9]{1,10}$`:                        `must be a plus and digits, in quotes, such as "+44"`,
		`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$`: "must be a language such as de or pt-BR",
	}
}

func typeInWords(name string) string {
	switch name {
	case "string":
		return "must be a text; put it in quotes"
	case "integer":
		return "must be a whole number"
	case "number":
		return "must be a number"
	case "object":
		return "must be a section with settings below it"
	case "array":
		return "must be a list, such as [a, b]"
	case "[string object]":
		return "must be a key in quotes, or a section with name, role and key"
	case "boolean":
		return "must be true or false"
	}
	return "must be of the type " + name
}

// find returns what stands in a JSON document under keys.
func find(document any, keys []string) any {
	for _, key := range keys {
		object, _ := document.(map[string]any)
		document = object[key]
	}
	return document
}

// keys are the parts of a JSON pointer.
func keys(pointer string) []string {
	parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(pointer, "#"), "/"), "/")
	for i, part := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
	}
	return parts
}

// pathOf is a JSON pointer as the path of a setting.
func pathOf(pointer string) string { return strings.Join(keys(pointer), ".") }

// below is the path of a setting in a section; "" is the whole file.
func below(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }
