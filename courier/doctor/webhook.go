package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// Webhook is the courier's public listener as Meta reaches it.
type Webhook struct {
	// URL is that of the webhook, path included.
	URL string
	// Where is what named its host: --public-url or serve.public.url.
	Where string
	// VerifyToken is whatsapp.verify_token.
	VerifyToken secret.Text
	Client      *exchange.Client
}

// said is what the webhook answered.
type said struct {
	status int
	body   string
}

// examine makes the handshake with the right token and with a wrong one, and posts what
// Meta has not signed.
func (w Webhook) examine(ctx context.Context, r *Report) {
	challenge := rand.Text()
	right, err := w.shake(ctx, w.VerifyToken.Reveal(), challenge)
	if err != nil {
		r.found(Finding{
			Unknown, w.Where, fmt.Sprintf("%s does not answer from here: %v", w.URL, graph.Cause(err)),
			"start the courier, and look at DNS, certificate, proxy and firewall; if only this machine cannot reach it, run doctor from another",
		})
		return
	}
	findings := rightToken(w.Where, right, challenge)
	if r.found(findings...); len(findings) > 0 {
		return
	}
	wrong, wrongErr := w.shake(ctx, "not-"+rand.Text(), challenge)
	forged, forgedErr := w.forge(ctx)
	if err := errors.Join(wrongErr, forgedErr); err != nil {
		r.found(Finding{Unknown, w.Where, fmt.Sprintf("%s stopped answering: %v", w.URL, graph.Cause(err)), "run doctor again"})
		return
	}
	r.found(wrongToken(w.Where, wrong, challenge)...)
	r.found(wrongSignature(w.Where, forged)...)
	r.learned(w.Where, w.URL+" is the courier's webhook, seen from here")
}

// shake makes the handshake as Meta does.
func (w Webhook) shake(ctx context.Context, token, challenge string) (said, error) {
	query := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {token}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+"?"+query.Encode(), nil)
	if err != nil {
		return said{}, err
	}
	return w.do(r)
}

// forge posts an empty webhook with a signature that is not Meta's.
func (w Webhook) forge(ctx context.Context) (said, error) {
	body := strings.NewReader(`{"object":"whatsapp_business_account","entry":[]}`)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, body)
	if err != nil {
		return said{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64))
	return w.do(r)
}

func (w Webhook) do(r *http.Request) (said, error) {
	answer, err := w.Client.Do(r)
	return said{answer.Status, string(answer.Body)}, err
}

func rightToken(where string, answer said, challenge string) []Finding {
	switch {
	case answer.status == http.StatusForbidden:
		return []Finding{{
			Error, "whatsapp.verify_token", "the running courier refuses this verify token (HTTP 403)",
			"start the courier with this configuration, or name the one that it runs with",
		}}
	case answer.status != http.StatusOK || answer.body != challenge:
		return []Finding{{
			Error, where, fmt.Sprintf("what answers there is not the courier's webhook: HTTP %d without the challenge of Meta's handshake", answer.status),
			"lead " + webhookPath + " of the public address to serve.public, unchanged: no redirect, no login page, no other body",
		}}
	}
	return nil
}

func wrongToken(where string, answer said, challenge string) []Finding {
	if answer.status == http.StatusForbidden && answer.body != challenge {
		return nil
	}
	return []Finding{{
		Error, where, fmt.Sprintf("a wrong verify token is answered HTTP %d, not 403: anyone could subscribe this address", answer.status),
		"look what stands before the courier and answers for it",
	}}
}

func wrongSignature(where string, answer said) []Finding {
	if answer.status == http.StatusUnauthorized {
		return nil
	}
	return []Finding{{
		Error, where, fmt.Sprintf("a webhook with a wrong signature is answered HTTP %d, not 401", answer.status),
		"look what stands before the courier: it must pass bodies and X-Hub-Signature-256 on as they are, and answer nothing itself",
	}}
}
