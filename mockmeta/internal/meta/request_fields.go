package meta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
)

// Graph takes parameters from the query and from the body, and what a body is
// depends on its Content-Type alone: JSON that is sent as a form or as text is
// no JSON.

// encoded is a parameter of a query or a form. It is text; where the parameter
// is an object or a list, the text is JSON (Graph API, "Complex parameters").
type encoded string

// Fields are the parameters of a request.
type Fields struct {
	values map[string]any
	// hint says why the body gave no parameters, for the refusal of a request that lacks one.
	hint string
}

// ownParameters are Graph's own, which every call takes and no operation sees.
func ownParameters() []string {
	return []string{"access_token", "appsecret_proof", "appsecret_time", "debug", "format", "locale", "pretty"}
}

// ReadFields reads the parameters of a request. Those of the body go before
// those of the query. A body of another type than JSON or a form is not read.
func ReadFields(contentType string, query url.Values, body []byte) (Fields, *Error) {
	f := Fields{values: map[string]any{}}
	f.addForm(query)
	kind, options, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = ""
	}
	if len(body) == 0 {
		return f, nil
	}
	switch kind {
	case "application/json":
		return f, f.addJSON(body)
	case "application/x-www-form-urlencoded":
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && json.Valid(body) {
			f.hint = fmt.Sprintf("mockmeta: the body is JSON, but Content-Type is %s; it must be application/json.", kind)
			return f, nil
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return f, ErrorByCode(100).With("the body is not a form, though Content-Type says so")
		}
		f.addForm(form)
	case "multipart/form-data":
		return f, f.addMultipart(body, options["boundary"])
	default:
		f.hint = fmt.Sprintf("mockmeta: the body was not read, because Content-Type is %q; JSON needs application/json.", contentType)
	}
	return f, nil
}

func (f Fields) addForm(form url.Values) {
	for name, values := range form {
		f.values[name] = encoded(values[len(values)-1])
	}
}

func (f Fields) addJSON(body []byte) *Error {
	var fields map[string]any
	if err := decodeWhole(body, &fields); err != nil || fields == nil {
		return ErrorByCode(100).With("the body is not one JSON object")
	}
	for name, value := range fields {
		f.values[name] = value
	}
	return nil
}

func (f Fields) addMultipart(body []byte, boundary string) *Error {
	broken := ErrorByCode(100).With("the body is not a multipart form, though Content-Type says so")
	if boundary == "" {
		return broken
	}
	for parts := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return broken
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return broken
		}
		f.values[part.FormName()] = encoded(value)
	}
}

// Text is a parameter as text; empty when it is not text.
func (f Fields) Text(name string) string {
	switch v := f.values[name].(type) {
	case encoded:
		return string(v)
	case string:
		return v
	}
	return ""
}

// forOperation leaves Graph's own parameters out.
func (f Fields) forOperation() map[string]any {
	own := ownParameters()
	out := make(map[string]any, len(f.values))
	for name, value := range f.values {
		out[name] = value
	}
	for _, name := range own {
		delete(out, name)
	}
	return out
}

// ShownBody is the body as the journal shows it: JSON as it came in, a form by
// its fields, and anything else as one string.
func (f Fields) ShownBody(body []byte) json.RawMessage {
	fields := f.forOperation()
	switch {
	case json.Valid(body) || len(body) == 0 && len(fields) == 0:
		return body
	case f.hint != "" || len(fields) == 0:
		raw, _ := json.Marshal(string(body)) // a string always marshals
		return raw
	}
	raw, _ := json.Marshal(fields) // what was decoded always marshals
	return raw
}

// decodeWhole decodes one JSON value and nothing after it. Numbers keep their
// text.
func decodeWhole(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if dec.More() || strings.TrimSpace(string(raw[dec.InputOffset():])) != "" {
		return errors.New("there is more than one JSON value")
	}
	return nil
}
