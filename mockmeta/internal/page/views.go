package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	html "html/template"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// phoneView is a phone as the page shows it.
type phoneView struct {
	client.Handset
	Key           string
	WhatsApp, SMS []bubbleView
}

// bubbleView is one message on a phone.
type bubbleView struct {
	client.Message
	meta.Screen
	Dir, Lang, Time string
	State           string // the furthest status
	Cause           string // why it failed
	Untaken         string // which status the sender did not take
	Shown           bool   // the message is on the phone
	Reported        bool
}

// Tick is the little mark that follows the statuses.
func (v bubbleView) Tick() string {
	if v.Untaken != "" {
		return "⚠"
	}
	return map[string]string{
		"accepted": "◷", world.SMSQueued: "◷", meta.StatusSent: "✓", meta.StatusDelivered: "✓✓", meta.StatusRead: "✓✓", meta.StatusWarning: "✓",
		meta.StatusFailed: "!", world.SMSUndelivered: "!", "expired": "✕",
	}[v.State]
}

func bubble(m world.Message) bubbleView {
	v := bubbleView{
		Message: m.Message, Screen: m.Screen, Dir: "auto", Time: m.At.Format("15:04"),
		State: "accepted", Reported: m.Reported,
	}
	if m.Language != "" {
		v.Lang, v.Dir = strings.ReplaceAll(m.Language, "_", "-"), "ltr"
		if meta.RightToLeft(m.Language) {
			v.Dir = "rtl"
		}
	}
	for _, st := range m.Statuses {
		v.State = st.Name
		v.Shown = v.Shown || st.Name == meta.StatusDelivered || st.Name == meta.StatusRead
		if st.Code != 0 {
			v.Cause = fmt.Sprint(st.Code)
			if m.Channel == client.WhatsApp {
				v.Cause += " " + meta.ErrorByCode(st.Code).Title
			}
		}
	}
	if m.Expired {
		v.State = "expired"
	}
	v.Untaken = untaken(v.Message)
	return v
}

// phoneViews lists the phones, those with the newest messages first.
func phoneViews(v world.View) []*phoneView {
	byKey := map[string]*phoneView{}
	var order []*phoneView
	of := func(key string) *phoneView {
		p := byKey[key]
		if p == nil {
			p = &phoneView{Handset: v.Handsets[key], Key: key}
			byKey[key] = p
			order = append(order, p)
		}
		return p
	}
	for _, m := range slices.Backward(v.Messages) {
		p := of(m.Phone)
		if m.Channel == client.WhatsApp {
			p.WhatsApp = append(p.WhatsApp, bubble(m))
		} else {
			p.SMS = append(p.SMS, bubble(m))
		}
	}
	for _, p := range order {
		slices.Reverse(p.WhatsApp)
		slices.Reverse(p.SMS)
	}
	for _, key := range slices.Sorted(maps.Keys(v.Handsets)) {
		of(key)
	}
	return order
}

// untaken says which status the sender did not take; empty when it took all
// that it was sent.
func untaken(m client.Message) string {
	said := ""
	for _, st := range m.Statuses {
		switch {
		case meta.Took(m.Channel, st.Webhook):
		case st.Webhook != 0:
			said = fmt.Sprintf("Your callback answered %d to %q", st.Webhook, st.Name)
		case wasTried(m, st.Name):
			said = fmt.Sprintf("Your callback did not answer to %q", st.Name)
		}
	}
	return said
}

func wasTried(m client.Message, status string) bool {
	for _, w := range m.Webhooks {
		if w.Status == status {
			return true
		}
	}
	return false
}

var boldMarks = regexp.MustCompile(`\*([^*\n]+)\*`)

// bold shows WhatsApp's *bold* marks.
func bold(text string) html.HTML {
	return html.HTML(boldMarks.ReplaceAllString(html.HTMLEscapeString(text), "<strong>$1</strong>"))
}

// pretty indents JSON; anything else is shown as it is.
func pretty(raw any) string {
	var text []byte
	switch raw := raw.(type) {
	case json.RawMessage:
		text = raw
	case string:
		text = []byte(raw)
	}
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return string(text)
	}
	return b.String()
}
