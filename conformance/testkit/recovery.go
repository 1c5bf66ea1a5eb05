package testkit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	kratos "github.com/ory/kratos-client-go"
)

// RecoverByAdmin recovers the person's account with a code that the admin API
// gives. Kratos sends no message for it, and runs the hooks of a recovery.
func (p *Person) RecoverByAdmin(ctx context.Context) error {
	code, res, err := p.kratos.admin.IdentityAPI.CreateRecoveryCodeForIdentity(ctx).
		CreateRecoveryCodeForIdentityBody(*kratos.NewCreateRecoveryCodeForIdentityBody(p.ID)).Execute()
	if err != nil {
		return fmt.Errorf("ask for a recovery code: %w", withBody(err))
	}
	defer res.Body.Close()
	body, err := json.Marshal(map[string]string{"method": "code", "code": code.RecoveryCode})
	if err != nil {
		return err
	}
	// The link names the flow. After the right code Kratos answers 422 and where a
	// browser has to go next.
	flow, err := flowOf(code.RecoveryLink)
	if err != nil {
		return err
	}
	answer, err := Do(ctx, http.MethodPost, p.kratos.PublicURL+"/self-service/recovery?flow="+flow, string(body),
		"Content-Type", "application/json", "Accept", "application/json")
	if err != nil {
		return err
	}
	if answer.Status != http.StatusUnprocessableEntity && answer.Status != http.StatusOK {
		return fmt.Errorf("submit the recovery code: Kratos answered %d: %s", answer.Status, answer.Body)
	}
	return nil
}
