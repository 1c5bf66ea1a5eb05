package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/ory/jsonschema/v3"
)

// schemaFaults validates against the schema and names every fault.
func schemaFaults(ctx context.Context, values map[string]any) ([]string, error) {
	schema, err := jsonschema.CompileString(ctx, "config.schema.json", string(Schema))
	if err != nil {
		return nil, err
	}
	document, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	err = schema.Validate(bytes.NewReader(document))
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil, err
	}
	return leaves(invalid), nil
}

// leaves flattens a validation error to "path: what is wrong".
func leaves(e *jsonschema.ValidationError) []string {
	if len(e.Causes) == 0 {
		path := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(e.InstancePtr, "#"), "/"), "/", ".")
		return []string{at(path, inWords(e))}
	}
	var faults []string
	for _, cause := range e.Causes {
		faults = append(faults, leaves(cause)...)
	}
	return faults
}

const aDuration = `must be a duration such as "30s" or "5m"`

// forms say in words what the patterns of the schema ask for. A test holds them
// against the schema.
func forms() map[string]string {
	return map[string]string{
		`^([0-9]+(ms|s|m|h))+$`:                  aDuration,
		`^https?://`:                             "must be a URL that begins with https:// or http://",
		`^(https?://.*)?$`:                       `must be a URL that begins with https:// or http://, or ""`,
		`^v[0-9]+\.[0-9]+$`:                      "must be a version such as v25.0",
		`^[0-9]*$`:                               "must be digits only: it is an id, not a phone number",
		`^[a-z0-9_]{1,512}$`:                     "must be the name of a template: small letters, digits and _",
		`^[a-z]{2,3}(_[A-Za-z]{2,4})?$`:          "must be a language as Meta writes it, such as en_US or de",
		`^\+[0-9]{1,10}$`:                        "must be a plus and digits, such as +44",
		`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$`: "must be a language such as de or pt-BR",
	}
}

// inWords replaces what speaks of patterns and JSON types by what to write.
func inWords(e *jsonschema.ValidationError) string {
	for pattern, words := range forms() {
		if e.Message == fmt.Sprintf("does not match pattern %q", pattern) {
			return words
		}
	}
	if wrong := wrongType.FindStringSubmatch(e.Message); wrong != nil {
		return "must be " + typeInWords(wrong[1]) + ", not " + typeInWords(wrong[2])
	}
	return e.Message
}

var wrongType = regexp.MustCompile(`^expected (\w+), but got (\w+)$`)

func typeInWords(name string) string {
	switch name {
	case "string":
		return `a text, in quotes where it looks like a number (a duration has a unit, such as "30s")`
	case "number", "integer":
		return "a number"
	case "object":
		return "a section with settings below it"
	case "array":
		return "a list, such as [a, b]"
	case "boolean":
		return "true or false"
	case "null":
		return "empty"
	}
	return name
}
