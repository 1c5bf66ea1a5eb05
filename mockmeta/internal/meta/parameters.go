package meta

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Params reads one object of a request. It remembers the path for error
// details, the first fault, and which fields the call does not use.
type Params struct {
	path   string
	fields map[string]any
	used   map[string]bool
	shared *paramsState
}

type paramsState struct {
	fault   *Error
	objects []*Params
	hint    string // why parameters may be missing
}

// NewParams starts to read the parameters of a request.
func NewParams(f Fields) *Params {
	return (&Params{shared: &paramsState{hint: f.hint}}).child("", f.forOperation())
}

// Required is what Graph says about a parameter that is not there.
func Required(name string) *Error {
	return &Error{HTTP: 400, Code: 100, Title: "The parameter " + name + " is required."}
}

func (p *Params) child(path string, fields map[string]any) *Params {
	c := &Params{path: path, fields: fields, used: map[string]bool{}, shared: p.shared}
	p.shared.objects = append(p.shared.objects, c)
	return c
}

// Fail keeps the first fault.
func (p *Params) Fail(e *Error) {
	if p.shared.fault != nil {
		return
	}
	if e.Details == "" {
		e.Details = p.shared.hint
	}
	p.shared.fault = e
}

// Err is the first fault.
func (p *Params) Err() *Error { return p.shared.fault }

// At is the name of a field in Graph's own notation: template['language']['code'].
func (p *Params) At(name string) string {
	if p.path == "" {
		return name
	}
	return p.path + "['" + name + "']"
}

// Has says whether a field is there and not null.
func (p *Params) Has(name string) bool {
	p.used[name] = true
	v, ok := p.fields[name]
	return ok && v != nil
}

// Text is a string field; a number is taken as its text, as Graph does.
func (p *Params) Text(name string) string {
	if !p.Has(name) {
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
	p.Fail(ErrorByCode(100).With("Param %s must be a string.", p.At(name)))
	return ""
}

// Need is a string field that must be there and not be empty.
func (p *Params) Need(name string) string {
	v := p.Text(name)
	if v == "" {
		p.Fail(Required(p.At(name)))
	}
	return v
}

// Flag is a boolean field; false when it is absent.
func (p *Params) Flag(name string) bool {
	if !p.Has(name) {
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
	p.Fail(ErrorByCode(100).With("Param %s must be a boolean.", p.At(name)))
	return false
}

// Number is a whole number, also as text; 0 when it is absent.
func (p *Params) Number(name string) int {
	if !p.Has(name) {
		return 0
	}
	var n int
	if err := json.Unmarshal([]byte(p.Text(name)), &n); err != nil {
		p.Fail(ErrorByCode(100).With("Param %s must be an integer.", p.At(name)))
	}
	return n
}

// decoded is a field that is not text. Queries and forms carry it as JSON.
func (p *Params) decoded(name string) any {
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

// Object is a field that holds an object; an empty one when it is absent.
func (p *Params) Object(name string) *Params {
	if p.Has(name) {
		if fields, ok := p.decoded(name).(map[string]any); ok {
			return p.child(p.At(name), fields)
		}
		p.Fail(ErrorByCode(100).With("Param %s must be a JSON object.", p.At(name)))
	}
	return p.child(p.At(name), map[string]any{})
}

// List is a field that holds a list.
func (p *Params) List(name string) []any {
	if !p.Has(name) {
		return nil
	}
	list, ok := p.decoded(name).([]any)
	if !ok {
		p.Fail(ErrorByCode(100).With("Param %s must be an array.", p.At(name)))
	}
	return list
}

// Objects is a field that holds a list of objects.
func (p *Params) Objects(name string) []*Params {
	list := p.List(name)
	out := make([]*Params, 0, len(list))
	for i, v := range list {
		fields, ok := v.(map[string]any)
		if !ok {
			p.Fail(ErrorByCode(100).With("Param %s[%d] must be a JSON object.", p.At(name), i))
			return nil
		}
		out = append(out, p.child(fmt.Sprintf("%s[%d]", p.At(name), i), fields))
	}
	return out
}

// Texts is a field that holds a list of strings.
func (p *Params) Texts(name string) []string {
	var out []string
	for i, v := range p.List(name) {
		text, ok := v.(string)
		if !ok {
			p.Fail(ErrorByCode(100).With("Param %s[%d] must be a string.", p.At(name), i))
		}
		out = append(out, text)
	}
	return out
}

var parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,63}$`)

// RefuseUnknown fails when there are fields that the call does not use.
func (p *Params) RefuseUnknown() {
	var names []string
	for _, o := range p.shared.objects {
		for name := range o.fields {
			switch {
			case o.used[name]:
			case parameterName.MatchString(name):
				names = append(names, o.At(name))
			default: // it may be a whole message, codes and numbers included
				names = append(names, o.At("(not a name)"))
			}
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		p.Fail(ErrorByCode(100).With("Unexpected key on param: %s", strings.Join(names, ", ")))
	}
}
