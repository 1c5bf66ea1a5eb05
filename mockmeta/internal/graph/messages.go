package graph

import (
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// sendMessage serves POST /{phone-number-id}/messages.
func (a *API) sendMessage(c call) (reply, *meta.Error) {
	p, err := c.params()
	if err != nil {
		return reply{}, err
	}
	m, err := meta.ParseOutgoing(p, c.served.Version, a.o.Lenient)
	if err != nil {
		return reply{}, err
	}
	m.From = c.node
	out := reply{}
	accepted, err := a.world.Send(m, c.shown(), func(taken world.Acceptance) client.Call {
		answer := marshal(acceptedBody(m, taken))
		out.status, out.body, out.recorded = http.StatusOK, answer, true
		return c.answered(out.status, answer)
	})
	if err != nil {
		return reply{}, err
	}
	out.manner = accepted.Faults
	if !out.recorded {
		f, _ := accepted.Faults.Find(client.HTTPError, "")
		out.status = f.Status // 0 when the connection is cut
	}
	return out, nil
}

func acceptedBody(m meta.Outgoing, a world.Acceptance) any {
	type contact struct {
		Input string `json:"input"`
		WaID  string `json:"wa_id"`
	}
	type message struct {
		ID     string `json:"id"`
		Status string `json:"message_status,omitempty"`
	}
	status := ""
	if m.Template != "" {
		status = "accepted"
	}
	switch {
	case a.Faults.Has(client.Held):
		status = "held_for_quality_assessment"
	case a.Faults.Has(client.Paused):
		status = "paused"
	}
	return struct {
		Product  string    `json:"messaging_product"`
		Contacts []contact `json:"contacts"`
		Messages []message `json:"messages"`
	}{"whatsapp", []contact{{m.To, a.WaID}}, []message{{a.ID, status}}}
}
