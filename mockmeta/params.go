package mockmeta

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// params reads one object of a request. It remembers the path for error
// details, the first fault, and which fields nobody asked for.
type params struct {
	path   string
	fields map[string]any
	used   map[string]bool
	shared *paramsState
}

type paramsState struct {
	fault   *graphError
	objects []*params
	hint    string // why parameters may be missing
}

// newParams starts to read the parameters of a request.
func newParams(f requestFields) *params {
	return (&params{shared: &paramsState{hint: f.hint}}).child("", f.forOperation())
}

// required is what Graph says about a parameter that is not there.
func required(name string) *graphError {
	return &graphError{HTTP: 400, Code: 100, Title: "The parameter " + name + " is required."}
}

func (p *params) child(path string, fields map[string]any) *params {
	c := &params{path: path, fields: fields, used: map[string]bool{}, shared: p.shared}
	p.shared.objects = append(p.shared.objects, c)
	return c
}

// fail keeps the first fault.
func (p *params) fail(e *graphError) {
	if p.shared.fault != nil {
		return
	}
	if e.Details == "" {
		e.Details = p.shared.hint
	}
	p.shared.fault = e
}

// err is the first fault.
func (p *params) err() *graphError { return p.shared.fault }

// at is the name of a field in Graph's own notation: template['language']['code'].
func (p *params) at(name string) string {
	if p.path == "" {
		return name
	}
	return p.path + "['" + name + "']"
}

func (p *params) has(name string) bool {
	p.used[name] = true
	v, ok := p.fields[name]
	return ok && v != nil
}

// text is a string field; a number is taken as its text, as Graph does.
func (p *params) text(name string) string {
	if !p.has(name) {
		return ""
	}
	switch v := p.fields[name].(type) {
	case string:
		return v
	case encoded:
		return string(v)
	case json.Number:
		return v.String()
	}
	p.fail(errorByCode(100).with("Param %s must be a string.", p.at(name)))
	return ""
}

// need is a string field that must be there and not be empty.
func (p *params) need(name string) string {
	v := p.text(name)
	if v == "" {
		p.fail(required(p.at(name)))
	}
	return v
}

// flag is a boolean field; false when it is absent.
func (p *params) flag(name string) bool {
	if !p.has(name) {
		return false
	}
	switch v := p.fields[name].(type) {
	case bool:
		return v
	case string:
		if v == "true" || v == "false" {
			return v == "true"
		}
	case encoded:
		if on, err := strconv.ParseBool(string(v)); err == nil {
			return on
		}
	}
	p.fail(errorByCode(100).with("Param %s must be a boolean.", p.at(name)))
	return false
}

// number is a whole number, also as text; 0 when it is absent.
func (p *params) number(name string) int {
	if !p.has(name) {
		return 0
	}
	var n int
	if err := json.Unmarshal([]byte(p.text(name)), &n); err != nil {
		p.fail(errorByCode(100).with("Param %s must be an integer.", p.at(name)))
	}
	return n
}

// decoded is a field that is no text. Queries and forms carry it as JSON.
func (p *params) decoded(name string) any {
	text, ok := p.fields[name].(encoded)
	if !ok {
		return p.fields[name]
	}
	var v any
	if decodeWhole([]byte(text), &v) != nil {
		return nil
	}
	return v
}

// object is a field that holds an object; an empty one when it is absent.
func (p *params) object(name string) *params {
	if p.has(name) {
		if fields, ok := p.decoded(name).(map[string]any); ok {
			return p.child(p.at(name), fields)
		}
		p.fail(errorByCode(100).with("Param %s must be a JSON object.", p.at(name)))
	}
	return p.child(p.at(name), map[string]any{})
}

func (p *params) list(name string) []any {
	if !p.has(name) {
		return nil
	}
	list, ok := p.decoded(name).([]any)
	if !ok {
		p.fail(errorByCode(100).with("Param %s must be an array.", p.at(name)))
	}
	return list
}

// objects is a field that holds a list of objects.
func (p *params) objects(name string) []*params {
	list := p.list(name)
	out := make([]*params, 0, len(list))
	for i, v := range list {
		fields, ok := v.(map[string]any)
		if !ok {
			p.fail(errorByCode(100).with("Param %s[%d] must be a JSON object.", p.at(name), i))
			return nil
		}
		out = append(out, p.child(fmt.Sprintf("%s[%d]", p.at(name), i), fields))
	}
	return out
}

// texts is a field that holds a list of strings.
func (p *params) texts(name string) []string {
	var out []string
	for i, v := range p.list(name) {
		text, ok := v.(string)
		if !ok {
			p.fail(errorByCode(100).with("Param %s[%d] must be a string.", p.at(name), i))
		}
		out = append(out, text)
	}
	return out
}

var parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,63}$`)

// refuseUnknown fails when there are fields that nobody asked for.
func (p *params) refuseUnknown() {
	var names []string
	for _, o := range p.shared.objects {
		for name := range o.fields {
			switch {
			case o.used[name]:
			case parameterName.MatchString(name):
				names = append(names, o.at(name))
			default: // it may be a whole message, codes and numbers included
				names = append(names, o.at("(not a name)"))
			}
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		p.fail(errorByCode(100).with("Unexpected key on param: %s", strings.Join(names, ", ")))
	}
}
