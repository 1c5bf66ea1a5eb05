package courier

// Security events.
const (
	// AlertIdentityChanged: the WhatsApp identity behind the number is another
	// than before, as after a SIM swap.
	AlertIdentityChanged = "identity_changed"
	// AlertNotRequested: the person pressed "I didn't request a code".
	AlertNotRequested = "not_requested"
)

// identityChanged reports whether WhatsApp refused the message because another
// person may have the number now: nothing else forbids it on every channel.
func (a *Attempt) identityChanged() bool {
	return a.Channel == WhatsApp && a.Class.Traits().Next == GiveUp
}
