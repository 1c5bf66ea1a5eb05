package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	kratos "github.com/ory/kratos-client-go"
)

// Session is a person who is logged in.
type Session struct {
	Token string

	kratos *Kratos
}

// Session is the session of a token that a login gave.
func (k *Kratos) Session(token string) *Session { return &Session{Token: token, kratos: k} }

// Strength returns the session's assurance level ("aal1" or "aal2") and the
// methods behind it, in order.
func (s *Session) Strength(ctx context.Context) (level string, methods []string, err error) {
	session, res, err := s.kratos.public.FrontendAPI.ToSession(ctx).XSessionToken(s.Token).Execute()
	if err != nil {
		return "", nil, fmt.Errorf("ask how strong the session is: %w", withBody(err))
	}
	defer res.Body.Close()
	for _, m := range session.AuthenticationMethods {
		methods = append(methods, m.GetMethod())
	}
	return string(session.GetAuthenticatorAssuranceLevel()), methods, nil
}

// EnrolTOTP connects an authenticator app in a settings flow. app makes a code
// of the secret that Kratos shows; the secret is returned.
func (s *Session) EnrolTOTP(ctx context.Context, app func(secret string) (string, error)) (string, error) {
	flow, err := s.settings(ctx)
	if err != nil {
		return "", err
	}
	secret, err := totpSecret(flow)
	if err != nil {
		return "", err
	}
	code, err := app(secret)
	if err != nil {
		return "", err
	}
	method := kratos.NewUpdateSettingsFlowWithTotpMethod("totp")
	method.TotpCode = &code
	_, err = s.change(ctx, flow.Id, kratos.UpdateSettingsFlowWithTotpMethodAsUpdateSettingsFlowBody(method))
	return secret, err
}

// totpSecret finds the text that an authenticator app is told.
func totpSecret(flow *kratos.SettingsFlow) (string, error) {
	raw, err := json.Marshal(flow.Ui.Nodes)
	if err != nil {
		return "", err
	}
	var nodes []struct {
		Attributes struct {
			ID   string `json:"id"`
			Text struct {
				Context struct {
					Secret string `json:"secret"`
				} `json:"context"`
			} `json:"text"`
		} `json:"attributes"`
	}
	if err := json.Unmarshal(raw, &nodes); err != nil {
		return "", err
	}
	for _, node := range nodes {
		if node.Attributes.ID == "totp_secret_key" && node.Attributes.Text.Context.Secret != "" {
			return node.Attributes.Text.Context.Secret, nil
		}
	}
	return "", errors.New("the settings flow shows no TOTP secret: is methods.totp enabled?")
}

// Verification is a flow in which a changed number is confirmed.
type Verification struct {
	FlowID string

	kratos *Kratos
}

// ChangePhone gives the person another number in a settings flow. Kratos then
// sends it a verification code.
func (s *Session) ChangePhone(ctx context.Context, traits map[string]any) (*Verification, error) {
	flow, err := s.settings(ctx)
	if err != nil {
		return nil, err
	}
	method := kratos.NewUpdateSettingsFlowWithProfileMethod("profile", traits)
	changed, err := s.change(ctx, flow.Id, kratos.UpdateSettingsFlowWithProfileMethodAsUpdateSettingsFlowBody(method))
	if err != nil {
		return nil, err
	}
	for _, next := range changed.ContinueWith {
		if ui := next.ContinueWithVerificationUi; ui != nil {
			return &Verification{FlowID: ui.Flow.Id, kratos: s.kratos}, nil
		}
	}
	return nil, errors.New("Kratos does not name the verification flow: from v26 on it does with feature_flags.legacy_continue_with_verification_ui")
}

// Confirm submits the code of the new number, and returns the flow's state, such
// as "passed_challenge".
func (v *Verification) Confirm(ctx context.Context, code string) (state string, err error) {
	method := kratos.NewUpdateVerificationFlowWithCodeMethod("code")
	method.Code = &code
	flow, res, err := v.kratos.public.FrontendAPI.UpdateVerificationFlow(ctx).Flow(v.FlowID).
		UpdateVerificationFlowBody(kratos.UpdateVerificationFlowWithCodeMethodAsUpdateVerificationFlowBody(method)).Execute()
	if err != nil {
		return "", fmt.Errorf("submit the verification flow: %w", withBody(err))
	}
	defer res.Body.Close()
	state, _ = flow.State.(string) // The client knows no type for it.
	return state, nil
}

func (s *Session) settings(ctx context.Context) (*kratos.SettingsFlow, error) {
	flow, res, err := s.kratos.public.FrontendAPI.CreateNativeSettingsFlow(ctx).XSessionToken(s.Token).Execute()
	if err != nil {
		return nil, fmt.Errorf("start a settings flow: %w", withBody(err))
	}
	defer res.Body.Close()
	return flow, nil
}

func (s *Session) change(ctx context.Context, flow string, body kratos.UpdateSettingsFlowBody) (*kratos.SettingsFlow, error) {
	changed, res, err := s.kratos.public.FrontendAPI.UpdateSettingsFlow(ctx).
		Flow(flow).XSessionToken(s.Token).UpdateSettingsFlowBody(body).Execute()
	if err != nil {
		return nil, fmt.Errorf("submit the settings flow: %w", withBody(err))
	}
	defer res.Body.Close()
	return changed, nil
}

// StepUp is a login flow that adds a second factor to a session.
type StepUp struct {
	flow    *kratos.LoginFlow
	session *Session
}

// StepUp starts a login flow for the second factor. A Kratos from v26 on sends a
// code at once if the person has one number.
func (s *Session) StepUp(ctx context.Context) (*StepUp, error) {
	flow, res, err := s.kratos.public.FrontendAPI.CreateNativeLoginFlow(ctx).
		Aal("aal2").XSessionToken(s.Token).Execute()
	if err != nil {
		return nil, fmt.Errorf("start a login flow for the second factor: %w", withBody(err))
	}
	defer res.Body.Close()
	return &StepUp{flow: flow, session: s}, nil
}

// CodeSent reports whether Kratos has sent a code already.
func (u *StepUp) CodeSent() bool { return u.flow.State == "sent_email" }

// RequestCode asks for a code to the person's number.
func (u *StepUp) RequestCode(ctx context.Context, phone string) (Result, error) {
	return u.submitCode(ctx, func(m *kratos.UpdateLoginFlowWithCodeMethod) { m.Address = &phone })
}

// SubmitCode tries the code that was sent.
func (u *StepUp) SubmitCode(ctx context.Context, code string) (Result, error) {
	return u.submitCode(ctx, func(m *kratos.UpdateLoginFlowWithCodeMethod) { m.Code = &code })
}

// SubmitTOTP tries a code of the authenticator app.
func (u *StepUp) SubmitTOTP(ctx context.Context, code string) (Result, error) {
	method := kratos.NewUpdateLoginFlowWithTotpMethod("totp", code)
	return u.submit(ctx, kratos.UpdateLoginFlowWithTotpMethodAsUpdateLoginFlowBody(method))
}

func (u *StepUp) submitCode(ctx context.Context, fill func(*kratos.UpdateLoginFlowWithCodeMethod)) (Result, error) {
	method := kratos.NewUpdateLoginFlowWithCodeMethod("", "code")
	fill(method)
	return u.submit(ctx, kratos.UpdateLoginFlowWithCodeMethodAsUpdateLoginFlowBody(method))
}

func (u *StepUp) submit(ctx context.Context, body kratos.UpdateLoginFlowBody) (Result, error) {
	return u.session.kratos.submitLogin(ctx, u.flow.Id, u.session.Token, body)
}

// LoginWithPassword logs a person in by password.
func (p *Person) LoginWithPassword(ctx context.Context, password string) (Result, error) {
	login, err := p.Login(ctx)
	if err != nil {
		return Result{}, err
	}
	method := kratos.NewUpdateLoginFlowWithPasswordMethod(p.Phone, "password", password)
	return p.kratos.submitLogin(ctx, login.FlowID, "", kratos.UpdateLoginFlowWithPasswordMethodAsUpdateLoginFlowBody(method))
}

// submitLogin submits a login flow; token is the session that it adds to, or "".
func (k *Kratos) submitLogin(ctx context.Context, flow, token string, body kratos.UpdateLoginFlowBody) (Result, error) {
	request := k.public.FrontendAPI.UpdateLoginFlow(ctx).Flow(flow).UpdateLoginFlowBody(body)
	if token != "" {
		request = request.XSessionToken(token)
	}
	success, res, err := request.Execute()
	if res == nil {
		return Result{}, fmt.Errorf("submit the login flow: %w", err)
	}
	defer res.Body.Close()
	if err == nil {
		k.ledger.note(Token, success.GetSessionToken())
		return Result{HTTPStatus: res.StatusCode, SessionToken: success.GetSessionToken()}, nil
	}
	return parseRefusal(res.StatusCode, err)
}

// NewPersonWithPassword makes an identity with a phone and a password. The
// identity schema must let the phone be the password's identifier.
func (k *Kratos) NewPersonWithPassword(ctx context.Context, phone, password string) (*Person, error) {
	body := *kratos.NewCreateIdentityBody("", map[string]any{"phone": phone})
	body.Credentials = &kratos.IdentityWithCredentials{Password: &kratos.IdentityWithCredentialsPassword{
		Config: &kratos.IdentityWithCredentialsPasswordConfig{Password: &password},
	}}
	identity, res, err := k.admin.IdentityAPI.CreateIdentity(ctx).CreateIdentityBody(body).Execute()
	if err != nil {
		return nil, fmt.Errorf("create the identity: %w", withBody(err))
	}
	defer res.Body.Close()
	return &Person{Phone: phone, ID: identity.Id, kratos: k}, nil
}

// Version is what Kratos says it is, such as "v1.3.1".
func (k *Kratos) Version(ctx context.Context) (string, error) {
	answer, err := Do(ctx, http.MethodGet, k.AdminURL+"/version", "")
	if err != nil {
		return "", err
	}
	var body struct {
		Version string `json:"version"`
	}
	return body.Version, json.Unmarshal([]byte(answer.Body), &body)
}
