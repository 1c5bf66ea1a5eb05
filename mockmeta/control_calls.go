package mockmeta

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (ctl *controlAPI) controlHealth(*http.Request) (any, error) {
	return map[string]string{"status": "ok"}, nil
}

func (ctl *controlAPI) controlMessages(r *http.Request) (any, error) {
	filter, err := filterOf(r)
	if err != nil {
		return nil, err
	}
	return map[string]any{"messages": ctl.messagesBy(filter)}, nil
}

func (ctl *controlAPI) controlJournal(*http.Request) (any, error) {
	return map[string]any{"calls": ctl.calls()}, nil
}

// controlHandsets lists the phones that were set up or written to.
func (ctl *controlAPI) controlHandsets(*http.Request) (any, error) {
	ctl.mu.Lock()
	defer ctl.mu.Unlock()
	keys := map[string]bool{}
	for key := range ctl.handsets.known {
		keys[key] = true
	}
	for _, rec := range ctl.journal.messages {
		keys[rec.key] = true
	}
	list := []client.Handset{}
	for key := range keys {
		list = append(list, ctl.handsets.get(key))
	}
	slices.SortFunc(list, func(a, b client.Handset) int { return cmp.Compare(a.Number, b.Number) })
	return map[string]any{"handsets": list}, nil
}

func (ctl *controlAPI) controlSetHandset(r *http.Request) (any, error) {
	body, err := readControl[client.Handset](r)
	if err != nil {
		return nil, err
	}
	key, h, err := checkHandset(body)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	if err := ctl.setHandset(key, h); err != nil {
		return nil, badRequest("%v", err)
	}
	return nil, nil
}

// controlFaults lists the faults that still wait.
func (ctl *controlAPI) controlFaults(*http.Request) (any, error) {
	ctl.mu.Lock()
	defer ctl.mu.Unlock()
	return map[string]any{"faults": append([]client.Fault{}, ctl.faults.queue...)}, nil
}

func (ctl *controlAPI) controlFault(r *http.Request) (any, error) {
	body, err := readControl[client.Fault](r)
	if err != nil {
		return nil, err
	}
	f, err := completeFault(body)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	if f.Rate != 0 {
		return nil, badRequest("rate: a queued fault strikes once; chances are for /control/chaos")
	}
	ctl.mu.Lock()
	defer ctl.mu.Unlock()
	if err := ctl.faults.add(f); err != nil {
		return nil, badRequest("%v", err)
	}
	return nil, nil
}

func (ctl *controlAPI) controlChaos(*http.Request) (any, error) {
	ctl.mu.Lock()
	defer ctl.mu.Unlock()
	return ctl.chaos, nil
}

// controlSetChaos replaces the chaos; seed 0 keeps the present one.
func (ctl *controlAPI) controlSetChaos(r *http.Request) (any, error) {
	c, err := readControl[client.Chaos](r)
	if err != nil {
		return nil, err
	}
	for i, f := range c.Faults {
		if c.Faults[i], err = completeFault(f); err != nil {
			return nil, badRequest("%v", err)
		}
		if f.Rate == 0 {
			return nil, badRequest("rate: %s would never strike; leave it out instead", f.Kind)
		}
	}
	ctl.mu.Lock()
	defer ctl.mu.Unlock()
	orDefault(&c.Seed, ctl.chaos.Seed)
	ctl.chaos = c
	return c, nil
}

func (ctl *controlAPI) now() any {
	return map[string]string{"now": ctl.clock.Now().UTC().Format(time.RFC3339Nano)}
}

func (ctl *controlAPI) controlClock(*http.Request) (any, error) { return ctl.now(), nil }

func (ctl *controlAPI) controlAdvance(r *http.Request) (any, error) {
	by, err := readControl[struct {
		Advance client.Duration `json:"advance"`
	}](r)
	if err != nil {
		return nil, err
	}
	if by.Advance <= 0 {
		return nil, badRequest("advance: the clock goes forward only")
	}
	ctl.advance(time.Duration(by.Advance))
	return ctl.now(), nil
}

// controlToken lets the access token end after a while; a life of 0 lets it
// live for ever.
func (ctl *controlAPI) controlToken(r *http.Request) (any, error) {
	token, err := readControl[struct {
		Life client.Duration `json:"life"`
	}](r)
	if err != nil {
		return nil, err
	}
	if token.Life < 0 {
		return nil, badRequest("life: must not be negative; the clock can be moved on")
	}
	ctl.setTokenLife(time.Duration(token.Life))
	return nil, nil
}

func (ctl *controlAPI) controlTemplates(*http.Request) (any, error) {
	ctl.mu.Lock()
	defer ctl.mu.Unlock()
	list := []client.Template{}
	for _, t := range ctl.templates.list {
		list = append(list, t.view())
	}
	return map[string]any{"templates": list}, nil
}

func (ctl *controlAPI) controlRaise(r *http.Request) (any, error) {
	e, err := readControl[client.Event](r)
	if err != nil {
		return nil, err
	}
	if err := ctl.raise(e); err != nil {
		return nil, badRequest("%v", err)
	}
	return nil, nil
}

func (ctl *controlAPI) controlSubscription(*http.Request) (any, error) {
	ctl.mu.Lock()
	defer ctl.mu.Unlock()
	return map[string]any{"callback_url": ctl.callback(), "subscribed": ctl.account.subscribed}, nil
}

func (ctl *controlAPI) controlSubscribe(r *http.Request) (any, error) {
	sub, err := readControl[struct {
		CallbackURL string `json:"callback_url"`
		VerifyToken string `json:"verify_token"`
	}](r)
	if err != nil {
		return nil, err
	}
	if err := ctl.subscribe(r.Context(), sub.CallbackURL, sub.VerifyToken); err != nil {
		return nil, &controlError{status: http.StatusUnprocessableEntity, msg: err.Error()}
	}
	return nil, nil
}

func (ctl *controlAPI) controlReset(*http.Request) (any, error) {
	ctl.reset()
	return nil, nil
}
