package graph

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// Token is what GET /debug_token says of the access token. Times are seconds of Unix; 0
// means never.
type Token struct {
	AppID       lenient.Text `json:"app_id"`
	Application lenient.Text `json:"application"`
	Type        lenient.Text `json:"type"`
	Valid       bool         `json:"is_valid"`
	ExpiresAt   int64        `json:"expires_at"`
	Scopes      []string     `json:"scopes"`
	Granular    []struct {
		Scope   string   `json:"scope"`
		Targets []string `json:"target_ids"`
	} `json:"granular_scopes"`
}

// DescribeToken asks about the client's own token.
func (c Client) DescribeToken(ctx context.Context) (Token, http.Header, error) {
	var described struct {
		Data Token `json:"data"`
	}
	header, err := c.Get(ctx, url.Values{"input_token": {c.AccessToken.Reveal()}}, &described, "debug_token")
	return described.Data, header, err
}

// OnlyAccount is the id of the business account if the token names exactly one, else "".
func (t Token) OnlyAccount() string {
	var accounts []string
	for _, scope := range t.Granular {
		if scope.Scope == "whatsapp_business_management" || scope.Scope == "whatsapp_business_messaging" {
			accounts = append(accounts, scope.Targets...)
		}
	}
	slices.Sort(accounts)
	if accounts = slices.Compact(accounts); len(accounts) != 1 {
		return ""
	}
	return accounts[0]
}
