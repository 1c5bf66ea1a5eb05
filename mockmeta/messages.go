package mockmeta

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// sendMessage serves POST /{phone-number-id}/messages.
func (g *graphAPI) sendMessage(call graphCall) (reply, *meta.Error) {
	p, err := call.params()
	if err != nil {
		return reply{}, err
	}
	m, err := meta.ParseOutgoing(p, call.served.Version, g.opts.Lenient)
	if err != nil {
		return reply{}, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	key := meta.PhoneKey(m.Number)
	n := g.sends.next(key)
	chaos := roll(chance{g.chaos.Seed}.about("send", key, n), key, g.chaos.Faults)
	befalls := append(magic(m.Number), chaos.of(onAnswer)...)
	befalls = append(append(befalls, chaos.of(onLife)...), g.faults.take(onAnswer, key, "")...)
	manner := befalls.of(onAnswer)
	switch f, planted := manner.find(client.SendError, ""); {
	case planted:
		return reply{}, meta.ErrorByCode(f.Code)
	case manner.has(client.Reset):
		return reply{manner: manner}, nil
	case manner.has(client.HTTPError):
		f, _ := manner.find(client.HTTPError, "")
		return reply{status: f.Status, manner: manner}, nil
	}
	t, err := g.sendable(m)
	if err != nil {
		return reply{}, err
	}
	if err := g.limits.admit(key, g.clock.Now()); err != nil {
		return reply{}, err
	}
	befalls = append(befalls, g.faults.take(onLife, key, "")...)
	if t == nil {
		// Nobody has written to us, so that free text is outside the 24 hours.
		befalls = append(befalls, client.Fault{Kind: client.Failed, Code: 131047})
	}
	rec := g.accept(m, t, n, befalls, call.shown())
	return reply{status: http.StatusOK, body: acceptedBody(m, rec, manner), manner: manner, rec: rec}, nil
}

// sendable checks the message against the account. It returns the template, or
// nil for free text. The caller holds w.mu.
func (g *graphAPI) sendable(m meta.Outgoing) (*template, *meta.Error) {
	switch {
	case !g.account.registered:
		return nil, meta.ErrorByCode(133010)
	case m.Number == meta.Digits(DisplayPhoneNumber):
		return nil, meta.ErrorByCode(131021)
	case m.Template == "":
		return nil, nil
	}
	t := g.templates.find(m.Template, m.Language)
	switch {
	case t == nil || !t.Sendable():
		return nil, meta.ErrorByCode(132001).With("template name (%s) does not exist in %s", m.Template, m.Language)
	case t.Status == meta.TemplatePaused:
		return nil, meta.ErrorByCode(132015)
	case t.Status == meta.TemplateDisabled:
		return nil, meta.ErrorByCode(132016)
	}
	return t, nil
}

func acceptedBody(m meta.Outgoing, rec *record, manner faultSet) any {
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
	case manner.has(client.Held):
		status = "held_for_quality_assessment"
	case manner.has(client.Paused):
		status = "paused"
	}
	return struct {
		Product  string    `json:"messaging_product"`
		Contacts []contact `json:"contacts"`
		Messages []message `json:"messages"`
	}{"whatsapp", []contact{{m.To, rec.waID}}, []message{{rec.ID, status}}}
}

// accept writes the message down and starts its life. The caller holds w.mu.
func (w *world) accept(m meta.Outgoing, t *template, n uint64, befalls faultSet, request json.RawMessage) *record {
	now, key := w.clock.Now(), meta.PhoneKey(m.Number)
	dice := chance{w.chaos.Seed}.about("life", key, n)
	phone := w.handsets.get(key)
	rec := &record{
		Message: client.Message{
			Channel:      client.WhatsApp,
			To:           "+" + m.Number,
			Code:         m.Code,
			Text:         m.Text,
			Template:     m.Template,
			Language:     m.Language,
			CallbackData: m.CallbackData,
			At:           now,
			Request:      request,
		},
		key:      key,
		waID:     phone.WaID,
		identity: m.IdentityHash,
		dice:     dice,
		faults:   befalls,
		expires:  now.Add(meta.FreeTextTTL),
	}
	rec.ID = meta.WAMID(rec.waID, meta.Outbound, fmt.Sprintf("%016X%02X", dice.Uint64(), dice.Uint64()>>56))
	if t != nil {
		rec.Text = t.Body(m.Code)
		rec.shown = t.Screen()
		rec.expires = now.Add(t.Lifetime())
	}
	w.journal.add(rec)
	w.begin(rec)
	w.feed.publish(rec.key, rec.ID)
	return rec
}
