package world

import (
	"cmp"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Account is the simulated WhatsApp business account with its numbers.
type Account struct{ do access }

// AccountView is the account at one moment.
type AccountView struct {
	// Numbers are the sending numbers, by phone_number_id.
	Numbers map[string]NumberView
	// Subscribed: the app gets the account's webhooks. Without it the callback may
	// be verified and still no webhook comes.
	Subscribed bool
	// Callback is the app's own. Override goes before it.
	Callback, Override string
	// Target is the callback that gets the webhooks about the account; empty when
	// there is none.
	Target string
}

// NumberView is one sending number at one moment.
type NumberView struct {
	Registered, HasPIN bool
	// Override is the number's own callback, which goes before those of account and app.
	Override string
}

type account struct {
	numbers    map[string]*numberState
	subscribed bool
	override   string
}

type numberState struct {
	registered bool
	pin        string
	override   string
}

func newAccount() *account {
	a := &account{subscribed: true, numbers: map[string]*numberState{}}
	for _, n := range SendingNumbers() {
		a.numbers[n.ID] = &numberState{registered: true}
	}
	return a
}

// View is the account as it is now.
func (a Account) View() (v AccountView) {
	a.do(func(s *state) {
		v = AccountView{
			Subscribed: s.account.subscribed, Callback: s.callback,
			Override: s.account.override, Target: s.target(""), Numbers: map[string]NumberView{},
		}
		for id, n := range s.account.numbers {
			v.Numbers[id] = NumberView{Registered: n.registered, HasPIN: n.pin != "", Override: n.override}
		}
	})
	return v
}

// Register registers a number. Once there is a PIN it must be that one.
func (a Account) Register(id, pin string) (err *meta.Error) {
	a.do(func(s *state) {
		n := s.account.numbers[id]
		if n.pin != "" && n.pin != pin {
			err = meta.ErrorByCode(133005)
			return
		}
		n.pin, n.registered = pin, true
	})
	return err
}

// Deregister takes a number out of use.
func (a Account) Deregister(id string) {
	a.do(func(s *state) { s.account.numbers[id].registered = false })
}

// Configure changes the settings of a number that were given.
func (a Account) Configure(id string, settings meta.PhoneSettings) {
	a.do(func(s *state) {
		n := s.account.numbers[id]
		if settings.PIN != "" {
			n.pin = settings.PIN
		}
		if settings.HasOverride {
			n.override = settings.Override
		}
	})
}

// Subscribe lets the app have the account's webhooks, at a callback of their own
// unless that is empty.
func (a Account) Subscribe(override string) {
	a.do(func(s *state) { s.account.subscribed, s.account.override = true, override })
}

// Unsubscribe ends the account's webhooks.
func (a Account) Unsubscribe() {
	a.do(func(s *state) { s.account.subscribed, s.account.override = false, "" })
}

// SetCallback sets the app's own callback.
func (a Account) SetCallback(callback string) {
	a.do(func(s *state) { s.callback = callback })
}

// target is the callback that gets the webhooks about a sending number, or, with "",
// about the account.
func (s *state) target(number string) string {
	if !s.account.subscribed {
		return ""
	}
	own := ""
	if n := s.account.numbers[number]; n != nil {
		own = n.override
	}
	return cmp.Or(own, s.account.override, s.callback)
}
