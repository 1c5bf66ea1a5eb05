package testkit

import (
	"context"
	"sync"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Hidden is something that no report may show.
type Hidden struct {
	// Kind is how it is hidden.
	Kind HiddenKind `json:"kind"`
	// Value is the secret itself.
	Value string `json:"value"`
}

// HiddenKind tells them apart by the form in which they may turn up.
type HiddenKind string

// The kinds of secrets.
const (
	Code   HiddenKind = "code"
	Number HiddenKind = "number"
	Token  HiddenKind = "token"
)

// ledger remembers the secrets that a part has seen. The zero value is ready.
type ledger struct {
	mu   sync.Mutex
	seen []Hidden
}

func (l *ledger) note(kind HiddenKind, values ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, value := range values {
		if value != "" {
			l.seen = append(l.seen, Hidden{kind, value})
		}
	}
}

func (l *ledger) all() []Hidden {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Hidden(nil), l.seen...)
}

// Secrets are the people's numbers, and the tokens of their sessions.
func (k *Kratos) Secrets() []Hidden { return k.ledger.all() }

// Secrets are the keys of the courier.
func (c *Courier) Secrets() []Hidden {
	all := []Hidden{{Token, c.KratosKey}, {Token, c.AdminKey}}
	if c.target != nil {
		all = append(all, Hidden{Token, c.target.Messages.Value})
		if c.target.Events != nil {
			all = append(all, Hidden{Token, c.target.Events.Value})
		}
	}
	for _, path := range []string{"secrets.cipher", "secrets.lookup"} {
		switch value := c.config.Get(path).(type) {
		case string:
			all = append(all, Hidden{Token, value})
		case []string:
			for _, v := range value {
				all = append(all, Hidden{Token, v})
			}
		}
	}
	return all
}

// Secrets are what all parts have seen so far: numbers, codes, message ids, which
// hold a number, keys and tokens.
func (s *System) Secrets(ctx context.Context) ([]Hidden, error) {
	all := s.Courier.Secrets()
	if s.Kratos != nil {
		all = append(all, s.Kratos.Secrets()...)
	}
	messages, err := s.Mock.Messages(ctx, client.Filter{})
	for _, m := range messages {
		all = append(all, Hidden{Number, m.To}, Hidden{Code, m.Code}, Hidden{Token, m.ID})
	}
	return all, err
}
