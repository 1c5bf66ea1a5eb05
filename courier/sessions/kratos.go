package sessions

import (
	"context"
	"fmt"
	"net/http"

	kratos "github.com/ory/kratos-client-go"
)

// Admin is Kratos' admin API.
type Admin struct{ Client *kratos.APIClient }

// EndSessions implements Kratos. That there is no session, or no such person any more, is
// what is wanted.
func (a Admin) EndSessions(ctx context.Context, identity string) error {
	answer, err := a.Client.IdentityAPI.DeleteIdentitySessions(ctx, identity).Execute()
	if answer == nil {
		return fmt.Errorf("Kratos could not be asked: %w", err)
	}
	_ = answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusNoContent, http.StatusNotFound:
		return nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w: HTTP %d; set kratos.admin_token", ErrRefused, answer.StatusCode)
	}
	return fmt.Errorf("Kratos answered HTTP %d", answer.StatusCode)
}
