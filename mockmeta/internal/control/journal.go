package control

import (
	"net/http"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

func (a *API) health(*http.Request) (any, error) {
	return map[string]string{"status": "ok"}, nil
}

func (a *API) messages(r *http.Request) (any, error) {
	filter, err := filterOf(r)
	if err != nil {
		return nil, err
	}
	return map[string]any{"messages": a.world.Journal.Messages(filter)}, nil
}

func (a *API) journal(*http.Request) (any, error) {
	return map[string]any{"calls": a.world.Journal.Calls()}, nil
}

func (a *API) codes(*http.Request) (any, error) {
	return map[string]any{"codes": meta.Codes()}, nil
}

// filterOf reads the filter of a query. A filter that is not understood must not
// match everything.
func filterOf(r *http.Request, others ...string) (client.Filter, error) {
	q := r.URL.Query()
	f := client.Filter{To: q.Get("to"), Channel: q.Get("channel")}
	for name := range q {
		if name != "to" && name != "channel" && !slices.Contains(others, name) {
			return f, badRequest("%q: no such parameter", name)
		}
	}
	if f.To != "" && !meta.IsNumber(f.To) {
		return f, badRequest("to: not a phone number with its country code")
	}
	if f.Channel != "" && f.Channel != client.WhatsApp && f.Channel != client.SMS {
		return f, badRequest("channel: %q is neither %s nor %s", f.Channel, client.WhatsApp, client.SMS)
	}
	return f, nil
}
