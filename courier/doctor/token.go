package doctor

import (
	"fmt"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

// expiresSoon is how long before its end a token is warned of.
const expiresSoon = 14 * 24 * time.Hour

// token is what Meta says of the access token.
type token struct{ graph.Token }

func (t token) check(now time.Time) []Finding {
	const where = "whatsapp.access_token"
	if !t.Valid {
		return []Finding{{Error, where, "Meta says that the token is not valid", graph.NewToken}}
	}
	var findings []Finding
	if t.ExpiresAt != 0 && now.Add(expiresSoon).After(t.end()) {
		findings = append(findings, Finding{Warning, where, fmt.Sprintf("the token expires at %s", t.end().Format(time.RFC3339)), graph.NewToken})
	}
	if !slices.Contains(t.Scopes, "whatsapp_business_messaging") {
		findings = append(findings, Finding{Error, where, "the token lacks the permission whatsapp_business_messaging: it cannot send", graph.NewToken})
	}
	if !slices.Contains(t.Scopes, "whatsapp_business_management") {
		findings = append(findings, Finding{Warning, where, "the token lacks the permission whatsapp_business_management: templates and subscription cannot be looked at", graph.NewToken})
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
