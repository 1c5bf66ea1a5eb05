// Package client drives a running mockmeta through its control API: it sets
// phones up, plants faults, and waits for messages without sleeping.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// longPoll is how long one waiting request stays open before it is repeated.
const longPoll = 20 * time.Second

// Client speaks to one control API. It is safe for concurrent use.
type Client struct {
	base string
	http *http.Client
}

// New returns a client of the control API at controlURL, such as
// http://127.0.0.1:4491.
func New(controlURL string) *Client {
	return &Client{base: strings.TrimRight(controlURL, "/"), http: &http.Client{}}
}

// Subscribe sets the webhook callback after a handshake with it. It fails when
// the callback does not echo the challenge.
func (c *Client) Subscribe(ctx context.Context, callbackURL, verifyToken string) error {
	return c.call(ctx, http.MethodPut, "/control/subscription",
		map[string]string{"callback_url": callbackURL, "verify_token": verifyToken}, nil)
}

// SetHandset sets what the phone with that number does from now on.
func (c *Client) SetHandset(ctx context.Context, number string, h Handset) error {
	h.Number = number
	return c.call(ctx, http.MethodPut, "/control/handsets", h, nil)
}

// FailNextSend lets the next WhatsApp send to number be refused with Meta's
// error code. An empty number means any recipient.
func (c *Client) FailNextSend(ctx context.Context, number string, code int) error {
	return c.Plant(ctx, Fault{Kind: SendError, Number: number, Code: code})
}

// Messages returns what was taken so far, oldest first.
func (c *Client) Messages(ctx context.Context, f Filter) ([]Message, error) {
	var out struct {
		Messages []Message `json:"messages"`
	}
	err := c.call(ctx, http.MethodGet, "/control/messages?"+f.query().Encode(), nil, &out)
	return out.Messages, err
}

// WaitForMessages blocks until at least n messages match, and returns all that
// do. When ctx ends first, the error says what was there.
func (c *Client) WaitForMessages(ctx context.Context, f Filter, n int) ([]Message, error) {
	var out struct {
		Messages []Message `json:"messages"`
	}
	q := f.query()
	q.Set("count", strconv.Itoa(n))
	met, err := c.wait(ctx, "/control/wait/messages", q, &out)
	if met {
		return out.Messages, nil
	}
	seen := make([]string, 0, len(out.Messages))
	for _, m := range out.Messages {
		seen = append(seen, m.Channel+" to "+m.To)
	}
	return out.Messages, fmt.Errorf("waited for %d messages (to %q, channel %q), there are %d [%s]: %w",
		n, f.To, f.Channel, len(out.Messages), strings.Join(seen, "; "), err)
}

// WaitForStatus blocks until the webhook of that status of the message was
// answered with 200.
func (c *Client) WaitForStatus(ctx context.Context, messageID, status string) error {
	var out struct {
		Message *Message `json:"message"`
	}
	met, err := c.wait(ctx, "/control/wait/status", url.Values{"id": {messageID}, "status": {status}}, &out)
	if met {
		return nil
	}
	seen := "no such message"
	if out.Message != nil {
		names := make([]string, 0, len(out.Message.Statuses))
		for _, s := range out.Message.Statuses {
			names = append(names, fmt.Sprintf("%s (webhook answered %d)", s.Name, s.Webhook))
		}
		seen = "statuses so far: [" + strings.Join(names, ", ") + "]"
	}
	return fmt.Errorf("waited for status %q: %s: %w", status, seen, err)
}

// Reset forgets messages, handsets, faults and everything that is scheduled.
// The subscription and the clock stay.
func (c *Client) Reset(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/control/reset", nil, nil)
}

func (f Filter) query() url.Values {
	q := url.Values{}
	if f.To != "" {
		q.Set("to", f.To)
	}
	if f.Channel != "" {
		q.Set("channel", f.Channel)
	}
	return q
}

// wait repeats a long poll until it is met or ctx ends. The server answers 200
// when the condition holds and 408 when the poll ran out; both carry what is
// there. The error says why it was not met.
func (c *Client) wait(ctx context.Context, path string, q url.Values, out any) (met bool, err error) {
	for {
		span, last := longPoll, false
		if deadline, ok := ctx.Deadline(); ok {
			// Earlier than the deadline, so that the answer that says what is
			// there still arrives, also on a busy machine.
			left := time.Until(deadline)
			if rest := left - min(left/2, time.Second); rest < span {
				span, last = rest, true
			}
		}
		if span <= 0 || ctx.Err() != nil {
			return false, errors.Join(context.DeadlineExceeded, ctx.Err())
		}
		q.Set("timeout", span.String())
		err := c.call(ctx, http.MethodGet, path+"?"+q.Encode(), nil, out)
		var answer *Error
		switch {
		case err == nil:
			return true, nil
		case errors.As(err, &answer) && answer.Status == http.StatusRequestTimeout:
			if uerr := json.Unmarshal(answer.body, out); uerr != nil {
				return false, uerr
			}
			if last {
				return false, context.DeadlineExceeded
			}
		default:
			return false, err
		}
	}
}

// Error is a refusal by the control API.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Message says what is wrong and what to do.
	Message string

	body []byte
}

func (e *Error) Error() string {
	return fmt.Sprintf("mockmeta answered %d: %s", e.Status, e.Message)
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("mockmeta's control API: %w", err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("mockmeta's control API: %w", err)
	}
	if res.StatusCode >= 300 {
		var e struct {
			Error string `json:"error"`
		}
		_ = json.Unmarshal(raw, &e) // a foreign body leaves the message empty
		return &Error{Status: res.StatusCode, Message: e.Error, body: raw}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}
