package control

import (
	"net/http"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (a *API) handsets(*http.Request) (any, error) {
	return map[string]any{"handsets": a.world.Handsets.All()}, nil
}

func (a *API) setHandset(r *http.Request) (any, error) {
	h, err := read[client.Handset](r)
	if err != nil {
		return nil, err
	}
	return nil, asBadRequest(a.world.Handsets.Set(h))
}

// faults lists the faults that still wait.
func (a *API) faults(*http.Request) (any, error) {
	return map[string]any{"faults": a.world.Faults.Waiting()}, nil
}

func (a *API) fault(r *http.Request) (any, error) {
	f, err := read[client.Fault](r)
	if err != nil {
		return nil, err
	}
	return nil, asBadRequest(a.world.Faults.Plant(f))
}

func (a *API) chaos(*http.Request) (any, error) { return a.world.Faults.Chaos(), nil }

func (a *API) setChaos(r *http.Request) (any, error) {
	c, err := read[client.Chaos](r)
	if err != nil {
		return nil, err
	}
	if c, err = a.world.Faults.SetChaos(c); err != nil {
		return nil, asBadRequest(err)
	}
	return c, nil
}

func (a *API) now() any {
	return map[string]string{"now": a.world.Now().UTC().Format(time.RFC3339Nano)}
}

func (a *API) clock(*http.Request) (any, error) { return a.now(), nil }

func (a *API) advance(r *http.Request) (any, error) {
	by, err := read[struct {
		Advance client.Duration `json:"advance"`
	}](r)
	if err != nil {
		return nil, err
	}
	if by.Advance <= 0 {
		return nil, badRequest("advance: the clock goes forward only")
	}
	a.world.Advance(time.Duration(by.Advance))
	return a.now(), nil
}

// token lets the access token end after a while; a life of 0 lets it live for
// ever.
func (a *API) token(r *http.Request) (any, error) {
	token, err := read[struct {
		Life client.Duration `json:"life"`
	}](r)
	if err != nil {
		return nil, err
	}
	if token.Life < 0 {
		return nil, badRequest("life: must not be negative; the clock can be moved on")
	}
	a.world.LimitToken(time.Duration(token.Life))
	return nil, nil
}

func (a *API) templates(*http.Request) (any, error) {
	list := []client.Template{}
	for _, t := range a.world.Templates.List() {
		list = append(list, client.Template{
			ID: t.ID, Name: t.Name, Language: t.Language, Status: t.Status,
			Button: t.OTPType, TTLSeconds: t.TTL, ExpiryMinutes: t.Expiry,
		})
	}
	return map[string]any{"templates": list}, nil
}

func (a *API) raise(r *http.Request) (any, error) {
	e, err := read[client.Event](r)
	if err != nil {
		return nil, err
	}
	return nil, asBadRequest(a.world.Raise(e))
}

func (a *API) subscription(*http.Request) (any, error) {
	v := a.world.Account.View()
	return map[string]any{"callback_url": v.Target, "subscribed": v.Subscribed}, nil
}

func (a *API) subscribe(r *http.Request) (any, error) {
	sub, err := read[struct {
		CallbackURL string `json:"callback_url"`
		VerifyToken string `json:"verify_token"`
	}](r)
	if err != nil {
		return nil, err
	}
	if err := a.handshake(r.Context(), sub.CallbackURL, sub.VerifyToken); err != nil {
		return nil, &refusal{status: http.StatusUnprocessableEntity, msg: err.Error()}
	}
	a.world.Account.SetCallback(sub.CallbackURL)
	return nil, nil
}

func (a *API) reset(*http.Request) (any, error) {
	a.world.Reset()
	return nil, nil
}
