package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const requestTimeout = 30 * time.Second

// maxAnswer bounds what is read of an answer: 500 deliveries have some 500 KB.
const maxAnswer = 16 << 20

// client asks the operator API.
type client struct {
	base *url.URL
	key  string
	http *http.Client
}

// stay follows no redirect: it would carry the key elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// RefusedError is an answer that is none of success.
type RefusedError struct {
	Status int
	// Reason is the sentence of the answer, and Why its word for programs, or "".
	Reason, Why string
}

// Error says what the courier said.
func (e *RefusedError) Error() string {
	text := e.Reason
	if text == "" {
		text = "the courier answered HTTP " + http.StatusText(e.Status)
	}
	if e.Why != "" {
		text += " (" + e.Why + ")"
	}
	return text
}

// ExitStatus tells shells why nothing was done.
func (e *RefusedError) ExitStatus() int {
	switch e.Status {
	case http.StatusConflict:
		return 2
	case http.StatusNotFound:
		return 3
	case http.StatusUnauthorized, http.StatusForbidden:
		return 4
	}
	return 1
}

// ask makes one request and returns the body of the answer. body is sent as JSON unless
// it is nil.
func (c client) ask(ctx context.Context, method, path string, query url.Values, body any) (json.RawMessage, error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(text)
	}
	at := c.base.JoinPath("admin", path)
	at.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, at.String(), sent)
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-API-Key", c.key)
	request.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the courier cannot be asked: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the courier's answer cannot be read: %w", err)
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		return nil, refused(answer.StatusCode, text)
	}
	return text, nil
}

func refused(status int, text []byte) error {
	var body struct {
		Error struct {
			Reason  string `json:"reason"`
			Details struct {
				Why string `json:"why"`
			} `json:"details"`
		} `json:"error"`
	}
	// What is no JSON, such as a proxy's page, is not shown.
	_ = json.Unmarshal(text, &body)
	return &RefusedError{Status: status, Reason: body.Error.Reason, Why: body.Error.Details.Why}
}

// get reads an answer into a value, and returns it as it came too.
func (c client) get(ctx context.Context, method, path string, query url.Values, body, into any) (json.RawMessage, error) {
	text, err := c.ask(ctx, method, path, query, body)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return nil, fmt.Errorf("%s is no operator API of this version: %w", c.base.Redacted(), err)
	}
	return text, nil
}
