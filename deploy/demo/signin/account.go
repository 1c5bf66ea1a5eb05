package signin

import (
	"errors"
	"net/http"
	"net/url"

	kratos "github.com/ory/kratos-client-go"
)

// createAccount makes an identity for the number that Kratos did not know, and
// goes on with the same flow. It goes through the admin API because Kratos v1.3.1
// answers 500 to a registration by SMS code.
//
// The number comes from the flow, not from the form, and the flow is read with
// the browser's cookies: so another site cannot make accounts here.
func (s *server) createAccount(w http.ResponseWriter, r *http.Request) {
	flow, _, err := s.flow(r, r.PostFormValue("flow"))
	if err != nil {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	view, err := viewOf(flow, locale(r))
	if err != nil || view.Step != stepNew {
		http.Redirect(w, r, loginURL(flow.Id, url.Values{}), http.StatusSeeOther)
		return
	}
	phone, err := e164(view.Identifier)
	if err != nil {
		s.fail(w, http.StatusBadRequest, "That is no phone number.")
		return
	}
	body := *kratos.NewCreateIdentityBody("", map[string]any{"phone": phone})
	_, res, err := s.admin.IdentityAPI.CreateIdentity(r.Context()).CreateIdentityBody(body).Execute()
	closeBody(res)
	// 409: someone was faster, and the account is there.
	if err != nil && status(res) != http.StatusConflict {
		s.unreachable(w, res)
		return
	}
	if err := s.requestCode(r, view, phone); err != nil {
		s.fail(w, http.StatusBadGateway, "The account is there, but Kratos did not send a code. Please start again.")
		return
	}
	http.Redirect(w, r, loginURL(flow.Id, url.Values{"created": {""}}), http.StatusSeeOther)
}

// requestCode does for the browser what its form would do next.
func (s *server) requestCode(r *http.Request, v loginView, phone string) error {
	method := kratos.NewUpdateLoginFlowWithCodeMethod(v.CSRF, "code")
	method.Identifier = &phone
	method.TransientPayload = map[string]any{"flow": v.FlowID}
	if tag := locale(r); tag != "" {
		method.TransientPayload["locale"] = tag
	}
	if token := r.PostFormValue("delivery_token"); token != "" {
		method.TransientPayload["delivery_token"] = token
	}
	_, res, err := s.public.FrontendAPI.UpdateLoginFlow(r.Context()).Flow(v.FlowID).
		Cookie(r.Header.Get("Cookie")).
		UpdateLoginFlowBody(kratos.UpdateLoginFlowWithCodeMethodAsUpdateLoginFlowBody(method)).
		Execute()
	closeBody(res)
	// Kratos' way to say "sent" is a 400 with the flow in it.
	var answer *kratos.GenericOpenAPIError
	if errors.As(err, &answer) {
		if flow, ok := answer.Model().(kratos.LoginFlow); ok && flow.State == "sent_email" {
			return nil
		}
	}
	return errors.Join(errors.New("no code was sent"), err)
}
