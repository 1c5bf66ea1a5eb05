package courier

import "time"

// Security events.
const (
	// AlertIdentityChanged: the WhatsApp identity behind the number is another
	// than before, as after a SIM swap.
	AlertIdentityChanged = "identity_changed"
	// AlertNotRequested: the person pressed "I didn't request a code".
	AlertNotRequested = "not_requested"
)

func (d *Delivery) noteAlert(a *Attempt) {
	if a.identityChanged() {
		d.Alert = AlertIdentityChanged
	}
}

// identityChanged reports whether WhatsApp refused the message because another
// person may have the number now: nothing else forbids it on every channel.
func (a *Attempt) identityChanged() bool {
	return a.Channel == WhatsApp && a.Class.Traits().Next == GiveUp
}

// disown records that the person did not ask for this code. Nothing more is
// sent of it.
func disown(d Delivery, now time.Time) (Delivery, bool) {
	if d.Alert == AlertNotRequested {
		return d, false
	}
	d.Alert, d.UpdatedAt = AlertNotRequested, now
	if !d.State.Ended() {
		d.end(StateCancelled, AlertNotRequested, now)
	}
	return d, true
}
