package admin

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// deliveryView is a delivery as operators see it: no code, no full number.
type deliveryView struct {
	ID           string        `json:"id"`
	TemplateType string        `json:"template_type"`
	Purpose      string        `json:"purpose,omitempty"`
	To           string        `json:"to,omitempty"`
	Country      string        `json:"country,omitempty"`
	Identity     string        `json:"identity_id,omitempty"`
	AskedChannel string        `json:"asked_channel,omitempty"`
	State        string        `json:"state"`
	Reason       string        `json:"reason,omitempty"`
	NoWhatsApp   string        `json:"no_whatsapp,omitempty"`
	NoSMS        string        `json:"no_sms,omitempty"`
	Alert        string        `json:"alert,omitempty"`
	Repeats      int           `json:"repeats,omitempty"`
	Locales      []string      `json:"locales,omitempty"`
	TraceID      string        `json:"trace_id,omitempty"`
	AcceptedAt   *time.Time    `json:"accepted_at,omitempty"`
	ExpiresAt    *time.Time    `json:"expires_at,omitempty"`
	UpdatedAt    *time.Time    `json:"updated_at,omitempty"`
	EndedAt      *time.Time    `json:"ended_at,omitempty"`
	UsedAt       *time.Time    `json:"used_at,omitempty"`
	DueAt        *time.Time    `json:"due_at,omitempty"`
	Attempts     []attemptView `json:"attempts"`
}

// attemptView is one attempt as operators see it.
type attemptView struct {
	N           int        `json:"n"`
	Channel     string     `json:"channel"`
	Provider    string     `json:"provider"`
	ProviderID  string     `json:"provider_id,omitempty"`
	Variant     string     `json:"variant,omitempty"`
	KnownAs     string     `json:"known_as,omitempty"`
	State       string     `json:"state"`
	Class       string     `json:"class,omitempty"`
	Code        string     `json:"code,omitempty"`
	Reason      string     `json:"reason,omitempty"`
	RetryAt     *time.Time `json:"retry_at,omitempty"`
	StartedAt   *time.Time `json:"started_at,omitempty"`
	AcceptedAt  *time.Time `json:"accepted_at,omitempty"`
	SentAt      *time.Time `json:"sent_at,omitempty"`
	DeliveredAt *time.Time `json:"delivered_at,omitempty"`
	ReadAt      *time.Time `json:"read_at,omitempty"`
	FailedAt    *time.Time `json:"failed_at,omitempty"`
}

func view(d courier.Delivery) deliveryView {
	v := deliveryView{
		ID: d.ID.String(), TemplateType: d.TemplateType, Purpose: string(d.Purpose),
		To: d.To.Masked(), Country: d.Country, Identity: d.Identity, AskedChannel: string(d.Asked),
		State: string(d.State), Reason: d.Reason, NoWhatsApp: d.NoWhatsApp, NoSMS: d.NoSMS, Alert: d.Alert, Repeats: d.Repeats, Locales: d.Locales, TraceID: courier.TraceID(d.Trace),
		AcceptedAt: instant(d.AcceptedAt), ExpiresAt: instant(d.ExpiresAt),
		UpdatedAt: instant(d.UpdatedAt), EndedAt: instant(d.EndedAt),
		UsedAt: instant(d.UsedAt), DueAt: instant(d.Due),
		Attempts: make([]attemptView, 0, len(d.Attempts)),
	}
	for _, a := range d.Attempts {
		v.Attempts = append(v.Attempts, attemptView{
			N: a.N, Channel: string(a.Channel), Provider: a.Provider, ProviderID: a.ProviderID, Variant: a.Variant, KnownAs: a.KnownAs,
			State: string(a.State), Class: string(a.Class), Code: a.Code, Reason: a.Reason,
			RetryAt: instant(a.RetryAt), StartedAt: instant(a.StartedAt),
			AcceptedAt: instant(a.AcceptedAt), SentAt: instant(a.SentAt),
			DeliveredAt: instant(a.DeliveredAt), ReadAt: instant(a.ReadAt),
			FailedAt: instant(a.FailedAt),
		})
	}
	return v
}

// instant renders a time in UTC, and none where there is none.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}
