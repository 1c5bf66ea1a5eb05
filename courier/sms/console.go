package sms

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// ConsoleConfig are the settings of the console: there are none.
type ConsoleConfig struct{}

// NewSender returns a Console that writes to the setup's.
func (ConsoleConfig) NewSender(s Setup) (courier.Sender, error) {
	console := NewConsole(s.Console, s.Texts)
	console.name = s.name(consoleName)
	return console, nil
}

// Console writes messages to a terminal instead of sending them. It shows code
// and number, which is its purpose: it is for trying out, never for production.
type Console struct {
	name  string
	texts *Texts
	mu    sync.Mutex
	w     io.Writer
}

// NewConsole returns a Console that writes to w, one message at a time.
func NewConsole(w io.Writer, texts *Texts) *Console {
	return &Console{name: consoleName, texts: texts, w: w}
}

// consoleName is the provider's name in the configuration.
const consoleName = "console"

// Provider implements courier.Sender.
func (c *Console) Provider() string { return c.name }

// Send implements courier.Sender.
func (c *Console) Send(_ context.Context, o courier.Outgoing) (courier.Taken, error) {
	text, err := c.texts.render(o)
	if err != nil {
		return courier.Taken{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := fmt.Fprintf(c.w, "SMS to %s: %s\n", o.To.E164(), text); err != nil {
		return courier.Taken{}, &courier.DeliveryError{
			Class: courier.ClassTransient, Reason: "the console cannot be written to", Cause: err,
		}
	}
	return courier.Taken{ProviderID: "console-" + o.Reference}, nil
}
