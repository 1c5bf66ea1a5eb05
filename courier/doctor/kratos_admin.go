package doctor

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"time"

	kratos "github.com/ory/kratos-client-go"
)

// kratosTimeout bounds a request to Kratos.
const kratosTimeout = 10 * time.Second

// KratosAdmin is Kratos' admin API.
type KratosAdmin struct {
	Client *kratos.APIClient
	// Where names its address: the flag or the setting.
	Where string
	// EndsSessions says that the courier ends sessions there after security events.
	EndsSessions bool
}

// examine asks a Kratos whether it is alive, which one it is, and, where that is needed,
// whether it lets the courier in.
func (k KratosAdmin) examine(ctx context.Context, r *Report) {
	admin := k.Client
	ctx, cancel := context.WithTimeout(ctx, kratosTimeout)
	defer cancel()
	_, answer, err := admin.MetadataAPI.IsAlive(ctx).Execute()
	if status := closed(answer); err != nil {
		r.found(k.notAlive(status, err))
		return
	}
	said, answer, err := admin.MetadataAPI.GetVersion(ctx).Execute()
	closed(answer)
	if err != nil {
		r.found(Finding{Unknown, k.Where, "Kratos does not tell its version", "see that " + k.Where + " leads to the admin API itself"})
		return
	}
	r.learned(k.Where, ability(said.GetVersion()))
	if k.EndsSessions {
		_, answer, err := admin.IdentityAPI.ListIdentitySessions(ctx, nobody).Execute()
		r.found(k.mayEnd(closed(answer), err)...)
	}
}

// nobody is an identity that no Kratos has.
const nobody = "00000000-0000-0000-0000-000000000000"

// mayEnd judges the answer to a question about the sessions of nobody.
func (k KratosAdmin) mayEnd(status int, err error) []Finding {
	switch status {
	case http.StatusOK, http.StatusNotFound:
		return nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return []Finding{{
			Error, "kratos.admin_token", fmt.Sprintf("Kratos' admin API does not let this courier see sessions: HTTP %d; security_events.revoke_sessions ends none", status),
			"set the token that what stands before it asks for, and let it pass /admin/identities",
		}}
	}
	return []Finding{{Unknown, k.Where, fmt.Sprintf("whether sessions can be ended there: %v", err), "see that " + k.Where + " leads to the admin API itself"}}
}

// closed returns the status of an answer that has been read, or 0 without one.
func closed(answer *http.Response) int {
	if answer == nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func (k KratosAdmin) notAlive(status int, err error) Finding {
	what := fmt.Sprintf("Kratos does not answer: %v", err)
	if status != 0 {
		what = fmt.Sprintf("what answers is no Kratos that is alive: HTTP %d", status)
	}
	return Finding{Unknown, k.Where, what, "start Kratos, or name the base URL of its admin API; one that asks for a token gets that of KRATOS_ADMIN_TOKEN"}
}

// ability says what a version of Kratos can do with codes to phones (seen with v1.3.1 and
// v26.2.0).
func ability(version string) string {
	switch {
	case isV1(version):
		return fmt.Sprintf("Kratos %s is alive: login and verification by SMS code; registration and recovery by SMS need v26.2", version)
	case regexp.MustCompile(`^v?[0-9]`).MatchString(version):
		return fmt.Sprintf("Kratos %s is alive", version)
	}
	return fmt.Sprintf("a Kratos that was built without a version (%q) is alive", version)
}
