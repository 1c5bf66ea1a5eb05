package doctor

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Trial sends a test code over each channel, one after the other, through a courier that
// runs, and follows it to the phone.
type Trial struct {
	Service
	To       courier.Phone
	Channels []courier.Channel
	// Authorize shows a request as Kratos' to the courier.
	Authorize func(*http.Request)
	// Every is how often to look.
	Every time.Duration
	// Say is told what happens, as it happens.
	Say func(Progress)
}

// Progress is a moment of a trial.
type Progress struct {
	Channel courier.Channel
	// After is since the code was handed to the courier.
	After time.Duration
	// What happened; "" is nothing since the last look.
	What string
}

// trialState is what is looked at of a delivery.
type trialState struct {
	State      string         `json:"state"`
	Reason     string         `json:"reason"`
	NoWhatsApp string         `json:"no_whatsapp"`
	NoSMS      string         `json:"no_sms"`
	EndedAt    time.Time      `json:"ended_at"`
	Attempts   []trialAttempt `json:"attempts"`
}

type trialAttempt struct {
	N        int    `json:"n"`
	Channel  string `json:"channel"`
	Provider string `json:"provider"`
	State    string `json:"state"`
	Code     string `json:"code"`
	Reason   string `json:"reason"`
}

// examine sends the codes. A channel on which nothing could be posted is the last one.
func (t Trial) examine(ctx context.Context, r *Report, now func() time.Time) {
	if t.AdminKey == "" {
		r.found(Finding{Error, "admin.api_keys", "a code that is sent cannot be followed without a key of the operator API", "set one; the role read is enough"})
		return
	}
	for _, channel := range t.Channels {
		began := now()
		id, refused := t.post(ctx, channel)
		if r.found(refused...); len(refused) > 0 {
			return
		}
		t.Say(Progress{channel, 0, "taken by the courier as " + id})
		d, err := t.follow(ctx, channel, id, func() time.Duration { return now().Sub(began) })
		if err != nil {
			r.found(Finding{Unknown, trialOf(channel), fmt.Sprintf("the code could not be followed to its end: %v", err), "look at it: whatsapp-courier deliveries show " + id})
			return
		}
		findings, fact := d.judge(channel)
		if r.found(findings...); fact != "" {
			r.learned(trialOf(channel), fmt.Sprintf("%s, %s after the courier had it", fact, now().Sub(began).Round(100*time.Millisecond)))
		}
	}
}

// trialOf names the test of a channel in findings.
func trialOf(c courier.Channel) string { return "--send " + string(c) }

// post hands a code to the courier as Kratos does, and returns the delivery's id.
func (t Trial) post(ctx context.Context, channel courier.Channel) (id string, findings []Finding) {
	code, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", []Finding{{Unknown, trialOf(channel), err.Error(), "try again"}}
	}
	body, err := json.Marshal(map[string]any{
		"recipient": t.To.E164(), "template_type": "login_code_valid", "template_data": map[string]any{
			"to": t.To.E164(), "login_code": fmt.Sprintf("%06d", code),
			// A flow of its own keeps it apart from the code before.
			"transient_payload": map[string]any{"channel": channel, "flow": rand.Text()},
		},
	})
	if err != nil {
		return "", []Finding{{Unknown, trialOf(channel), err.Error(), "try again"}}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Base.JoinPath("kratos", "messages").String(), bytes.NewReader(body))
	if err != nil {
		return "", []Finding{{Unknown, "--url", err.Error(), "name the base URL of the private listener"}}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Prefer", "return=representation")
	t.Authorize(request)
	var taken struct{ ID, Status, Reason string }
	switch status, err := t.do(request, &taken); {
	case status == http.StatusUnauthorized:
		return "", []Finding{{Error, "kratos.api_keys", "the running courier does not take the first of these keys: it goes by another configuration", "reload or restart it with this one, or run doctor with the one that it has"}}
	case err != nil:
		return "", []Finding{{Unknown, trialOf(channel), fmt.Sprintf("the code could not be handed to the courier: %v", err), "see that it runs, and that --url is its private listener"}}
	case taken.Status == string(courier.StateSuppressed):
		return "", []Finding{{
			Error, trialOf(channel), fmt.Sprintf("the courier sends nothing to this number: %s", taken.Reason),
			"see whatsapp-courier limits show, and limits in the configuration; each test counts like a code",
		}}
	}
	return taken.ID, nil
}

// follow looks at a delivery until it has ended.
func (t Trial) follow(ctx context.Context, channel courier.Channel, id string, since func() time.Duration) (trialState, error) {
	look := time.NewTicker(t.Every)
	defer look.Stop()
	seen := map[int]string{}
	for {
		var d trialState
		if _, err := t.get(ctx, &d, "admin", "deliveries", id); err != nil {
			return d, err
		}
		news := false
		for _, a := range d.Attempts {
			if seen[a.N] != a.State {
				seen[a.N], news = a.State, true
				t.Say(Progress{channel, since(), a.describe()})
			}
		}
		if !d.EndedAt.IsZero() {
			t.Say(Progress{channel, since(), "ended: " + d.State})
			return d, nil
		}
		if !news {
			t.Say(Progress{channel, since(), ""})
		}
		select {
		case <-ctx.Done():
			return d, context.Cause(ctx)
		case <-look.C:
		}
	}
}
