package admin

import (
	_ "embed"
	"net/http"
)

// description is what GET /admin/openapi.yaml answers.
//
//go:embed openapi.yaml
var description []byte

func (a *API) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(description)
}
