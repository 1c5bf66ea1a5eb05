package mockmeta

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *Server) controlHealth(*http.Request) (any, error) {
	return map[string]string{"status": "ok"}, nil
}

func (s *Server) controlMessages(r *http.Request) (any, error) {
	filter, err := filterOf(r)
	if err != nil {
		return nil, err
	}
	return map[string]any{"messages": s.Messages(filter)}, nil
}

func (s *Server) controlJournal(*http.Request) (any, error) {
	return map[string]any{"calls": s.Calls()}, nil
}

// controlHandsets lists the phones that were set up or written to.
func (s *Server) controlHandsets(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := map[string]bool{}
	for key := range s.handsets.known {
		keys[key] = true
	}
	for _, rec := range s.journal.messages {
		keys[rec.key] = true
	}
	list := []client.Handset{}
	for key := range keys {
		list = append(list, s.handsets.get(key))
	}
	slices.SortFunc(list, func(a, b client.Handset) int { return cmp.Compare(a.Number, b.Number) })
	return map[string]any{"handsets": list}, nil
}

func (s *Server) controlSetHandset(r *http.Request) (any, error) {
	body, err := readControl[client.Handset](r)
	if err != nil {
		return nil, err
	}
	key, h, err := checkHandset(body)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	if err := s.setHandset(key, h); err != nil {
		return nil, badRequest("%v", err)
	}
	return nil, nil
}

// controlFaults lists the faults that still wait.
func (s *Server) controlFaults(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"faults": append([]client.Fault{}, s.faults.queue...)}, nil
}

func (s *Server) controlFault(r *http.Request) (any, error) {
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.faults.add(f); err != nil {
		return nil, badRequest("%v", err)
	}
	return nil, nil
}

func (s *Server) controlChaos(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chaos, nil
}

// controlSetChaos replaces the chaos; seed 0 keeps the present one.
func (s *Server) controlSetChaos(r *http.Request) (any, error) {
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
	s.mu.Lock()
	defer s.mu.Unlock()
	orDefault(&c.Seed, s.chaos.Seed)
	s.chaos = c
	return c, nil
}

func (s *Server) now() any {
	return map[string]string{"now": s.clock.Now().UTC().Format(time.RFC3339Nano)}
}

func (s *Server) controlClock(*http.Request) (any, error) { return s.now(), nil }

func (s *Server) controlAdvance(r *http.Request) (any, error) {
	by, err := readControl[struct {
		Advance client.Duration `json:"advance"`
	}](r)
	if err != nil {
		return nil, err
	}
	if by.Advance <= 0 {
		return nil, badRequest("advance: the clock goes forward only")
	}
	s.Advance(time.Duration(by.Advance))
	return s.now(), nil
}

// controlToken lets the access token end after a while; a life of 0 lets it
// live for ever.
func (s *Server) controlToken(r *http.Request) (any, error) {
	token, err := readControl[struct {
		Life client.Duration `json:"life"`
	}](r)
	if err != nil {
		return nil, err
	}
	if token.Life < 0 {
		return nil, badRequest("life: must not be negative; the clock can be moved on")
	}
	s.setTokenLife(time.Duration(token.Life))
	return nil, nil
}

func (s *Server) controlTemplates(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []client.Template{}
	for _, t := range s.templates.list {
		list = append(list, t.view())
	}
	return map[string]any{"templates": list}, nil
}

func (s *Server) controlRaise(r *http.Request) (any, error) {
	e, err := readControl[client.Event](r)
	if err != nil {
		return nil, err
	}
	if err := s.raise(e); err != nil {
		return nil, badRequest("%v", err)
	}
	return nil, nil
}

func (s *Server) controlSubscription(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"callback_url": s.callback(), "subscribed": s.account.subscribed}, nil
}

func (s *Server) controlSubscribe(r *http.Request) (any, error) {
	sub, err := readControl[struct {
		CallbackURL string `json:"callback_url"`
		VerifyToken string `json:"verify_token"`
	}](r)
	if err != nil {
		return nil, err
	}
	if err := s.subscribe(r.Context(), sub.CallbackURL, sub.VerifyToken); err != nil {
		return nil, &controlError{status: http.StatusUnprocessableEntity, msg: err.Error()}
	}
	return nil, nil
}

func (s *Server) controlReset(*http.Request) (any, error) {
	s.reset()
	return nil, nil
}
