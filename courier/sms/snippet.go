package sms

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Evaluator runs jsonnet. An implementation allows no imports, ends a program
// that runs or grows away, and is safe for use by several goroutines.
type Evaluator interface {
	// Evaluate runs a program and returns the JSON that it evaluates to. The
	// name stands in the positions of errors. Errors may quote the program, but
	// for ErrTooLong, which it returns for a program of more than MaxInput bytes.
	Evaluate(ctx context.Context, name, program string) (string, error)
}

// MaxInput is the longest program, in bytes as a JSON string, that an Evaluator
// takes: a snippet together with its input. It bounds the bodies of receipts too.
const MaxInput = 60 << 10

// ErrTooLong is an Evaluator's error for more than MaxInput bytes.
var ErrTooLong = fmt.Errorf("snippet and input have more than %d KiB together, written as JSON", MaxInput>>10)

// maxResult bounds what a snippet may return, in bytes of JSON.
const maxResult = 64 << 10

// errResult: the snippet ran, and returned something else than it should.
var errResult = errors.New("the result is not of the form that the documentation asks for")

// Snippet is jsonnet as the configuration has it: base64://..., file://... or the
// text itself. It may hold a credential, and line breaks.
type Snippet string

// snippet is a jsonnet function of one argument.
type snippet struct {
	// path is where the snippet is in the configuration file.
	path string
	// source is a function so that printing does not show it: it may hold a
	// credential.
	source    func() string
	evaluator Evaluator
}

// newSnippet reads a snippet, as Kratos does. It fails unless the text is a function
// of one argument.
func newSnippet(path string, text Snippet, e Evaluator) (snippet, error) {
	source, err := load(string(text))
	if err != nil {
		return snippet{}, fmt.Errorf("%s: %w", path, err)
	}
	s := snippet{path: path, source: func() string { return source }, evaluator: e}
	isFunction, err := e.Evaluate(context.Background(), path, "local f = ("+source+"\n); std.isFunction(f) && std.length(f) == 1")
	if err != nil {
		return snippet{}, fmt.Errorf("%s: is not valid jsonnet: %s", path, harmless(err))
	}
	if strings.TrimSpace(isFunction) != "true" {
		return snippet{}, fmt.Errorf("%s: must be a function with one parameter, such as function(ctx) {...}", path)
	}
	return s, nil
}

func load(text string) (string, error) {
	if encoded, ok := strings.CutPrefix(text, "base64://"); ok {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return "", errors.New("what follows base64:// is not base64")
		}
		return string(decoded), nil
	}
	if name, ok := strings.CutPrefix(text, "file://"); ok {
		content, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("the file cannot be read: %w", err)
		}
		return string(content), nil
	}
	if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
		return "", errors.New("is not fetched from elsewhere: use file://, base64:// or the text itself")
	}
	return text, nil
}

// call runs the snippet. The error is errResult, or what the evaluator said,
// which may quote the input: show it only for made-up input.
func (s snippet) call(ctx context.Context, input, result any) error {
	argument, err := json.Marshal(input)
	if err != nil {
		return err
	}
	// JSON is jsonnet, so the argument needs no quoting.
	text, err := s.evaluator.Evaluate(ctx, s.path, "("+s.source()+"\n)("+string(argument)+")")
	if err != nil {
		return err
	}
	if len(text) > maxResult || strict([]byte(text), result) != nil {
		return errResult
	}
	return nil
}

// strict decodes JSON and takes no field that it does not know: a misspelt class
// must not pass for a missing one.
func strict(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// text is a JSON string; a number is taken as it is written, since providers do
// not agree on what ids and codes are.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(raw []byte) error {
	var value any
	if err := decodeNumbers(raw, &value); err != nil {
		return err
	}
	switch v := value.(type) {
	case nil:
		*t = ""
	case string:
		*t = text(v)
	case json.Number:
		*t = text(v)
	default:
		return errResult
	}
	return nil
}

// foreign reads JSON of a provider for a snippet. Whole numbers that jsonnet,
// which has floating point only, would round become strings: they are ids.
func foreign(raw []byte) (any, error) {
	var value any
	if err := decodeNumbers(raw, &value); err != nil {
		return nil, err
	}
	return exact(value), nil
}

func decodeNumbers(raw []byte, into *any) error {
	if !json.Valid(raw) {
		return errors.New("no JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return decoder.Decode(into)
}

func exact(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, field := range v {
			v[name] = exact(field)
		}
	case []any:
		for i, element := range v {
			v[i] = exact(element)
		}
	case json.Number:
		number, err := strconv.ParseFloat(v.String(), 64)
		if err != nil || math.Abs(number) >= 1<<53 {
			return v.String()
		}
	}
	return value
}

var (
	quoted     = regexp.MustCompile(`"[^"]*"?|'[^']*'?`)
	longNumber = regexp.MustCompile(`\+?\d(?:[ .()/-]*\d){3,}`)
	control    = regexp.MustCompile(`[\x00-\x1f\x7f]+`)
)

// harmless is the first line of an evaluator's error, without what it quotes:
// the lines below show the snippet, which may hold a credential.
func harmless(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return short(quoted.ReplaceAllString(line, `"…"`))
}

// forOperators makes a text of a provider fit to be kept and shown: short, on
// one line, and without the numbers and codes that providers quote.
func forOperators(reason string) string { return short(longNumber.ReplaceAllString(reason, "…")) }

func short(reason string) string {
	const longest = 200
	reason = control.ReplaceAllString(reason, " ")
	if runes := []rune(reason); len(runes) > longest {
		reason = string(runes[:longest]) + "…"
	}
	return strings.TrimSpace(strings.ToValidUTF8(reason, "…"))
}
