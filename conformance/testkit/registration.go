package testkit

import (
	"context"
	"fmt"
	"net/url"

	kratos "github.com/ory/kratos-client-go"
)

// Register makes an identity in a registration flow with a password. The identity
// schema must let a trait be the password's identifier.
func (k *Kratos) Register(ctx context.Context, traits map[string]any, password string) error {
	flow, res, err := k.public.FrontendAPI.CreateNativeRegistrationFlow(ctx).Execute()
	if err != nil {
		return fmt.Errorf("start a registration flow: %w", withBody(err))
	}
	defer res.Body.Close()
	method := kratos.NewUpdateRegistrationFlowWithPasswordMethod("password", password, traits)
	_, res, err = k.public.FrontendAPI.UpdateRegistrationFlow(ctx).Flow(flow.Id).
		UpdateRegistrationFlowBody(kratos.UpdateRegistrationFlowWithPasswordMethodAsUpdateRegistrationFlowBody(method)).Execute()
	if err != nil {
		return fmt.Errorf("submit the registration flow: %w", withBody(err))
	}
	return res.Body.Close()
}

// flowOf is the id of the flow that a link of Kratos names.
func flowOf(link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("flow") == "" {
		return "", fmt.Errorf("the link of Kratos names no flow: %q", link)
	}
	return u.Query().Get("flow"), nil
}
