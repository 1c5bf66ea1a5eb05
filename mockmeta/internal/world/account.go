package world

import (
	"cmp"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Account is the simulated WhatsApp business account with its one number.
type Account struct{ do access }

// AccountView is the account at one moment.
type AccountView struct {
	Registered, HasPIN bool
	// Subscribed: the app gets the account's webhooks. Without it the callback may
	// be verified and still no webhook comes.
	Subscribed bool
	// Callback is the app's own. Override and PhoneOverride go before it.
	Callback, Override, PhoneOverride string
	// Target is the callback that gets the webhooks; empty when there is none.
	Target string
}

type account struct {
	registered              bool
	pin                     string
	subscribed              bool
	override, phoneOverride string
}

func newAccount() *account { return &account{registered: true, subscribed: true} }

// View is the account as it is now.
func (a Account) View() (v AccountView) {
	a.do(func(s *state) {
		v = AccountView{
			Registered: s.account.registered, HasPIN: s.account.pin != "",
			Subscribed: s.account.subscribed, Callback: s.callback,
			Override: s.account.override, PhoneOverride: s.account.phoneOverride, Target: s.target(),
		}
	})
	return v
}

// Register registers the number. Once there is a PIN it must be that one.
func (a Account) Register(pin string) (err *meta.Error) {
	a.do(func(s *state) {
		if s.account.pin != "" && s.account.pin != pin {
			err = meta.ErrorByCode(133005)
			return
		}
		s.account.pin, s.account.registered = pin, true
	})
	return err
}

// Deregister takes the number out of use.
func (a Account) Deregister() {
	a.do(func(s *state) { s.account.registered = false })
}

// Configure changes the settings of the number that were given.
func (a Account) Configure(settings meta.PhoneSettings) {
	a.do(func(s *state) {
		if settings.PIN != "" {
			s.account.pin = settings.PIN
		}
		if settings.HasOverride {
			s.account.phoneOverride = settings.Override
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

// target is the callback that gets the account's webhooks.
func (s *state) target() string {
	if !s.account.subscribed {
		return ""
	}
	return cmp.Or(s.account.phoneOverride, s.account.override, s.callback)
}
