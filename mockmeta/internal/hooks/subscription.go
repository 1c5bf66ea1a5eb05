package hooks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Handshake asks a callback whether it expects webhooks: GET with hub.mode,
// hub.verify_token and hub.challenge must be answered with 200 and the bare
// challenge.
func (h *Hooks) Handshake(ctx context.Context, callback, verifyToken string) error {
	if err := meta.CheckCallback(callback); err != nil {
		return err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(2_000_000_000))
	if err != nil {
		return err
	}
	challenge := n.String()
	u, err := url.Parse(callback)
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("hub.mode", "subscribe")
	q.Set("hub.challenge", challenge)
	q.Set("hub.verify_token", verifyToken)
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	res, err := h.poster.http.Do(req)
	if err != nil {
		return fmt.Errorf("the callback was not reached: %w", redactURL(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	switch {
	case err != nil:
		return fmt.Errorf("the callback's answer could not be read: %w", err)
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("the callback answered the handshake with %d, expected 200: check the verify token", res.StatusCode)
	case string(body) != challenge:
		return fmt.Errorf("the callback did not answer the handshake with the bare challenge")
	}
	return nil
}

// redactURL leaves the verify token out of the error.
func redactURL(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

// KeepSubscribing repeats the handshake until it works, and calls done then, or
// until ctx ends. It says once why it does not.
func (h *Hooks) KeepSubscribing(ctx context.Context, callback, verifyToken string, done func(callback string)) {
	said := ""
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		try, cancel := context.WithTimeout(ctx, postTimeout)
		err := h.Handshake(try, callback, verifyToken)
		cancel()
		if err == nil {
			done(callback)
			h.o.Log.Info("webhook subscribed", "callback", withoutQuery(callback))
			return
		}
		if why := err.Error(); why != said && ctx.Err() == nil {
			said = why
			h.o.Log.Warn("the webhook handshake failed; it is repeated until it works", "callback", withoutQuery(callback), "error", why)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
