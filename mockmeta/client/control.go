package client

import (
	"context"
	"net/http"
	"time"
)

// Plant queues a one-shot fault.
func (c *Client) Plant(ctx context.Context, f Fault) error {
	return c.call(ctx, http.MethodPost, "/control/faults", f, nil)
}

// SetChaos replaces the misbehaviour by chance and returns it as it is now. A
// seed of 0 keeps the present one.
func (c *Client) SetChaos(ctx context.Context, chaos Chaos) (Chaos, error) {
	var now Chaos
	err := c.call(ctx, http.MethodPut, "/control/chaos", chaos, &now)
	return now, err
}

// Advance moves the mock's clock on. What becomes due on the way has happened
// when it returns, webhooks included.
func (c *Client) Advance(ctx context.Context, d time.Duration) error {
	return c.call(ctx, http.MethodPost, "/control/clock", map[string]Duration{"advance": Duration(d)}, nil)
}

// ExpireToken lets the access token end after life; 0 lets it live for ever.
func (c *Client) ExpireToken(ctx context.Context, life time.Duration) error {
	return c.call(ctx, http.MethodPost, "/control/token", map[string]Duration{"life": Duration(life)}, nil)
}

// Raise sends a webhook that is not about the life of a message.
func (c *Client) Raise(ctx context.Context, e Event) error {
	return c.call(ctx, http.MethodPost, "/control/webhooks", e, nil)
}

// Calls returns the requests that the APIs answered so far, oldest first.
func (c *Client) Calls(ctx context.Context) ([]Call, error) {
	var out struct {
		Calls []Call `json:"calls"`
	}
	err := c.call(ctx, http.MethodGet, "/control/journal", nil, &out)
	return out.Calls, err
}

// Codes returns the error codes of Meta that the mock knows, sorted.
func (c *Client) Codes(ctx context.Context) ([]int, error) {
	var out struct {
		Codes []int `json:"codes"`
	}
	err := c.call(ctx, http.MethodGet, "/control/codes", nil, &out)
	return out.Codes, err
}

// Handsets returns the phones that were set up or written to.
func (c *Client) Handsets(ctx context.Context) ([]Handset, error) {
	var out struct {
		Handsets []Handset `json:"handsets"`
	}
	err := c.call(ctx, http.MethodGet, "/control/handsets", nil, &out)
	return out.Handsets, err
}

// Templates returns the templates of the account.
func (c *Client) Templates(ctx context.Context) ([]Template, error) {
	var out struct {
		Templates []Template `json:"templates"`
	}
	err := c.call(ctx, http.MethodGet, "/control/templates", nil, &out)
	return out.Templates, err
}
