package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// Config says where the Graph API is and who asks; the names are those of whatsapp.*.
type Config struct {
	BaseURL, APIVersion string
	AccessToken         secret.Text
	// AppSecret is that of the token's app, or "".
	AppSecret secret.Text
	HTTP      *exchange.Client
}

// Client manages what an account has at Meta. It sends no messages: those need to know
// how far a request came.
type Client struct {
	Config
	authorize func(*http.Request)
}

// New returns a client.
func New(c Config) Client {
	return Client{c, Authorize(c.AccessToken.Reveal(), c.AppSecret.Reveal())}
}

// Get reads a node, or an edge of it. The error is a *RefusalError when Meta answered
// something else; the header is there whenever Meta answered.
func (c Client) Get(ctx context.Context, query url.Values, into any, path ...string) (http.Header, error) {
	return c.ask(ctx, http.MethodGet, query, nil, into, path)
}

// Post sends a body as JSON, and reads the answer. The error is as that of Get.
func (c Client) Post(ctx context.Context, body, into any, path ...string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = c.ask(ctx, http.MethodPost, nil, bytes.NewReader(text), into, path)
	return err
}

// Delete deletes a node, or what the query names of an edge. The error is as that of Get.
func (c Client) Delete(ctx context.Context, query url.Values, path ...string) error {
	_, err := c.ask(ctx, http.MethodDelete, query, nil, &struct{}{}, path)
	return err
}

func (c Client) ask(ctx context.Context, method string, query url.Values, body io.Reader, into any, path []string) (http.Header, error) {
	address := exchange.Join(c.BaseURL, append([]string{c.APIVersion}, path...)...) + "?" + query.Encode()
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, errors.New("no request could be made")
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	c.authorize(r)
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	return answer.Header, parse(answer, into)
}
