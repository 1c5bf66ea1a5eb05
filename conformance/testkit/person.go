package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	kratos "github.com/ory/kratos-client-go"
)

// Person is an identity in Kratos with a phone.
type Person struct {
	Phone string
	// ID is the identity's id.
	ID string

	kratos *Kratos
}

// ErrNumberTaken says that Kratos has an identity with this number already, as from
// an earlier run.
var ErrNumberTaken = errors.New("another identity has this number")

// NewPerson makes an identity with a phone through the admin API. traits are
// further traits, such as "locale"; may be nil.
func (k *Kratos) NewPerson(ctx context.Context, phone string, traits map[string]any) (*Person, error) {
	all := map[string]any{"phone": phone}
	for name, value := range traits {
		all[name] = value
	}
	// An empty schema id means the default schema of the configuration.
	body := *kratos.NewCreateIdentityBody("", all)
	identity, res, err := k.admin.IdentityAPI.CreateIdentity(ctx).CreateIdentityBody(body).Execute()
	if res != nil && res.StatusCode == http.StatusConflict {
		return nil, ErrNumberTaken
	}
	if err != nil {
		return nil, fmt.Errorf("create the identity: %w", withBody(err))
	}
	defer res.Body.Close()
	k.ledger.note(Number, phone)
	return &Person{Phone: phone, ID: identity.Id, kratos: k}, nil
}

// Person is someone who has an identity with this phone already.
func (k *Kratos) Person(phone string) *Person { return &Person{Phone: phone, kratos: k} }

// Login is one native login flow of a person.
type Login struct {
	FlowID string

	person *Person
}

// Login starts a login flow. No code is sent yet.
func (p *Person) Login(ctx context.Context) (*Login, error) {
	flow, res, err := p.kratos.public.FrontendAPI.CreateNativeLoginFlow(ctx).Execute()
	if err != nil {
		return nil, fmt.Errorf("start a login flow: %w", withBody(err))
	}
	defer res.Body.Close()
	return &Login{FlowID: flow.Id, person: p}, nil
}

// Result is what Kratos answered to one submit of a login flow.
type Result struct {
	HTTPStatus int
	// State is the flow's state, such as "sent_email"; empty after a success.
	State string
	// MessageIDs are the ids of the flow's messages, of the form and its fields.
	MessageIDs []int64
	// Texts are the texts of these messages. They differ between versions of
	// Kratos, so they are for people only.
	Texts []string
	// ErrorID is the id of an error without a flow, such as
	// "self_service_flow_expired".
	ErrorID string
	// SessionToken is set when the person is logged in.
	SessionToken string
}

// RequestCode asks for a code. transient is passed on to the courier; may be nil.
func (l *Login) RequestCode(ctx context.Context, transient map[string]any) (Result, error) {
	return l.submit(ctx, func(m *kratos.UpdateLoginFlowWithCodeMethod) { m.TransientPayload = transient })
}

// Resend asks for another code in the same flow. Kratos forgets the transient
// payload of the first request, so it is given again; may be nil.
func (l *Login) Resend(ctx context.Context, transient map[string]any) (Result, error) {
	return l.submit(ctx, func(m *kratos.UpdateLoginFlowWithCodeMethod) {
		m.Resend, m.TransientPayload = new("code"), transient
	})
}

// Submit tries a code.
func (l *Login) Submit(ctx context.Context, code string) (Result, error) {
	return l.submit(ctx, func(m *kratos.UpdateLoginFlowWithCodeMethod) { m.Code = &code })
}

func (l *Login) submit(ctx context.Context, fill func(*kratos.UpdateLoginFlowWithCodeMethod)) (Result, error) {
	method := kratos.NewUpdateLoginFlowWithCodeMethod("", "code")
	method.Identifier = &l.person.Phone
	fill(method)
	return l.person.kratos.submitLogin(ctx, l.FlowID, "", kratos.UpdateLoginFlowWithCodeMethodAsUpdateLoginFlowBody(method))
}

// parseRefusal reads the flow or the error out of what the client treats as an
// error: Kratos answers 400 even to "code sent".
func parseRefusal(status int, err error) (Result, error) {
	var api *kratos.GenericOpenAPIError
	if !errors.As(err, &api) {
		return Result{}, fmt.Errorf("submit the login flow: %w", err)
	}
	type message struct {
		ID   int64  `json:"id"`
		Text string `json:"text"`
	}
	var body struct {
		State string `json:"state"`
		UI    struct {
			Messages []message `json:"messages"`
			Nodes    []struct {
				Messages []message `json:"messages"`
			} `json:"nodes"`
		} `json:"ui"`
		Error struct {
			ID string `json:"id"`
		} `json:"error"`
	}
	// Under concurrent submits Kratos v1.3.1 sometimes writes two answers into
	// one; the first one counts.
	if err := json.NewDecoder(bytes.NewReader(api.Body())).Decode(&body); err != nil {
		return Result{}, fmt.Errorf("Kratos answered %d with no JSON: %w", status, err)
	}
	result := Result{HTTPStatus: status, State: body.State, ErrorID: body.Error.ID}
	messages := body.UI.Messages
	for _, node := range body.UI.Nodes {
		messages = append(messages, node.Messages...)
	}
	for _, m := range messages {
		result.MessageIDs = append(result.MessageIDs, m.ID)
		result.Texts = append(result.Texts, m.Text)
	}
	return result, nil
}

// Whoami reports whether a session token is good, and whose it is.
func (k *Kratos) Whoami(ctx context.Context, token string) (identityID string, err error) {
	session, res, err := k.public.FrontendAPI.ToSession(ctx).XSessionToken(token).Execute()
	if res != nil {
		defer res.Body.Close()
		if res.StatusCode == http.StatusUnauthorized {
			return "", nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("ask whose session it is: %w", withBody(err))
	}
	return session.Identity.GetId(), nil
}

func withBody(err error) error {
	var api *kratos.GenericOpenAPIError
	if errors.As(err, &api) {
		return fmt.Errorf("%w: %s", err, api.Body())
	}
	return err
}
