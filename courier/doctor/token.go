package doctor

import (
	"fmt"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// expiresSoon is how long before its end a token is warned of.
const expiresSoon = 14 * 24 * time.Hour

// token is what GET /debug_token says of the access token. Times are seconds of Unix; 0
// means never.
type token struct {
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

func (t token) check(now time.Time) []Finding {
	const where = "whatsapp.access_token"
	if !t.Valid {
		return []Finding{{Error, where, "Meta says that the token is not valid", newToken}}
	}
	var findings []Finding
	if t.ExpiresAt != 0 && now.Add(expiresSoon).After(t.end()) {
		findings = append(findings, Finding{Warning, where, fmt.Sprintf("the token expires at %s", t.end().Format(time.RFC3339)), newToken})
	}
	if !slices.Contains(t.Scopes, "whatsapp_business_messaging") {
		findings = append(findings, Finding{Error, where, "the token lacks the permission whatsapp_business_messaging: it cannot send", newToken})
	}
	if !slices.Contains(t.Scopes, "whatsapp_business_management") {
		findings = append(findings, Finding{Warning, where, "the token lacks the permission whatsapp_business_management: templates and subscription cannot be looked at", newToken})
	}
	return findings
}

func (t token) end() time.Time { return time.Unix(t.ExpiresAt, 0).UTC() }

func (t token) describe() string {
	end := "does not expire"
	if t.ExpiresAt != 0 {
		end = "expires at " + t.end().Format(time.RFC3339)
	}
	return fmt.Sprintf("%s of the app %q (%s), %s", t.Type, t.Application, t.AppID, end)
}

// onlyAccount is the id of the business account if the token names exactly one, else "".
func (t token) onlyAccount() string {
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
