package signin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	kratos "github.com/ory/kratos-client-go"
	"golang.org/x/text/language"
)

// home shows who is signed in, or goes to the login.
func (s *server) home(w http.ResponseWriter, r *http.Request) {
	session, res, err := s.public.FrontendAPI.ToSession(r.Context()).Cookie(r.Header.Get("Cookie")).Execute()
	closeBody(res)
	if status(res) == http.StatusUnauthorized {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	if err != nil {
		s.unreachable(w, res)
		return
	}
	logout, res, err := s.public.FrontendAPI.CreateBrowserLogoutFlow(r.Context()).Cookie(r.Header.Get("Cookie")).Execute()
	closeBody(res)
	if err != nil {
		s.unreachable(w, res)
		return
	}
	s.render(w, http.StatusOK, "home.html", map[string]any{
		"Title": "Signed in", "Phone": phoneOf(session), "Verified": verified(session),
		"AAL": string(session.GetAuthenticatorAssuranceLevel()), "Since": session.GetAuthenticatedAt().UTC().Format("15:04:05 MST"),
		"LogoutURL": logout.LogoutUrl,
	})
}

// login shows the flow that Kratos sent the browser here with. A browser without
// one, or with one that has ended, gets a new one from Kratos.
func (s *server) login(w http.ResponseWriter, r *http.Request) {
	flow, res, err := s.flow(r, r.URL.Query().Get("flow"))
	switch {
	case err == nil:
	case res == nil || res.StatusCode >= http.StatusInternalServerError:
		s.unreachable(w, res)
		return
	default:
		http.Redirect(w, r, s.config.KratosURL+"/self-service/login/browser", http.StatusSeeOther)
		return
	}
	view, err := viewOf(flow, locale(r))
	if err != nil {
		s.fail(w, http.StatusInternalServerError, "The page could not be drawn.")
		return
	}
	asks := ""
	if s.config.StatusURL != "" {
		asks = statusPath
	}
	s.render(w, http.StatusOK, "login.html", map[string]any{
		"Title": titles()[view.Step], "View": view, "Created": r.URL.Query().Has("created"),
		"RestartURL": s.config.KratosURL + "/self-service/login/browser",
		"Asks":       asks,
		"Countries":  countries(locale(r)),
	})
}

func titles() map[step]string {
	return map[step]string{
		stepNumber: "Sign in", stepNew: "New number", stepCode: "Enter your code", stepDead: "Start again",
	}
}

// flow reads a flow with the browser's cookies, so that no one sees another
// browser's flow. err is not nil either when there is none.
func (s *server) flow(r *http.Request, id string) (*kratos.LoginFlow, *http.Response, error) {
	if id == "" {
		return nil, &http.Response{StatusCode: http.StatusNotFound}, errors.New("no flow")
	}
	flow, res, err := s.public.FrontendAPI.GetLoginFlow(r.Context()).Id(id).Cookie(r.Header.Get("Cookie")).Execute()
	closeBody(res)
	return flow, res, err
}

// kratosError shows what Kratos could not show in a form, such as a form that
// was sent without its cookie.
func (s *server) kratosError(w http.ResponseWriter, r *http.Request) {
	found, res, err := s.public.FrontendAPI.GetFlowError(r.Context()).Id(r.URL.Query().Get("id")).Execute()
	closeBody(res)
	text := "Kratos reported an error that it no longer knows."
	if err == nil {
		text = fmt.Sprint("Kratos says: ", found.Error["message"])
		if reason, ok := found.Error["reason"].(string); ok {
			text += " " + reason
		}
	}
	s.fail(w, http.StatusBadRequest, text)
}

// unreachable tells a Kratos that is away from one that answers with an error.
func (s *server) unreachable(w http.ResponseWriter, res *http.Response) {
	if res == nil {
		s.fail(w, http.StatusBadGateway, "Kratos cannot be reached. Does it still run?")
		return
	}
	s.fail(w, http.StatusBadGateway, fmt.Sprintf("Kratos answered %d.", res.StatusCode))
}

func phoneOf(session *kratos.Session) string {
	traits, _ := session.GetIdentity().Traits.(map[string]any)
	phone, _ := traits["phone"].(string)
	return phone
}

func verified(session *kratos.Session) bool {
	for _, a := range session.GetIdentity().VerifiableAddresses {
		if a.Verified {
			return true
		}
	}
	return false
}

// locale is the language that the browser likes best. The page passes it on,
// because Kratos v1.3.1 does not hand the browser's headers to the courier.
func locale(r *http.Request) string {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return ""
	}
	return tags[0].String()
}

func status(res *http.Response) int {
	if res == nil {
		return 0
	}
	return res.StatusCode
}

func closeBody(res *http.Response) {
	if res != nil && res.Body != nil {
		_ = res.Body.Close() // It was read to its end by the client.
	}
}

// loginURL is the page of a flow.
func loginURL(flow string, extra url.Values) string {
	extra.Set("flow", flow)
	return "/login?" + extra.Encode()
}
