package doctor

import (
	"fmt"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
)

// request is how Kratos calls the courier. Its schema shows defaults for method and body
// that it does not apply to channels (seen with v1.3.1).
type request struct {
	URL     string            `yaml:"url"`
	Method  string            `yaml:"method"`
	Body    string            `yaml:"body"`
	Headers map[string]string `yaml:"headers"`
	Auth    struct {
		Type   string `yaml:"type"`
		Config struct {
			In       string `yaml:"in"`
			Name     string `yaml:"name"`
			Value    string `yaml:"value"`
			User     string `yaml:"user"`
			Password string `yaml:"password"`
		} `yaml:"config"`
	} `yaml:"auth"`
}

func (r request) check(where, route string, accepted auth.Credentials) []Finding {
	var findings []Finding
	require := func(ok bool, setting, what, do string) {
		if !ok {
			findings = append(findings, Finding{Error, where + "." + setting, what, do})
		}
	}
	require(leadsTo(r.URL, route), "url", "it does not lead to the courier's "+route, "set it to the address of serve.private with "+route)
	require(r.Method == http.MethodPost, "method", fmt.Sprintf("it is %q: without POST, Kratos sends what the courier does not take", r.Method), "set method: POST")
	require(r.Body != "", "body", "there is no body: Kratos sends nothing at all", "set it to the jsonnet file of deploy/kratos")
	require(r.passes(accepted), "auth", "its credentials are none that the courier takes", "send one of kratos.api_keys in X-API-Key, or the pair of kratos.basic_auth")
	return findings
}

// passes shows a request as Kratos makes it to what guards the courier.
func (r request) passes(accepted auth.Credentials) bool {
	made := http.Request{Header: http.Header{}}
	for name, value := range r.Headers {
		made.Header.Set(name, value)
	}
	switch c := r.Auth.Config; {
	case r.Auth.Type == "api_key" && c.In != "cookie":
		made.Header.Set(c.Name, c.Value)
	case r.Auth.Type == "basic_auth":
		made.SetBasicAuth(c.User, c.Password)
	}
	return accepted.Accepts(&made)
}
