package courier

import "context"

// Observer is told what happens, to log and count it. Its methods must not
// block. Nothing it is given prints a code or a full number. ctx is that of the
// request by which it happened.
type Observer interface {
	// Received: a message of Kratos was answered. The receipt may tell of an older
	// record that stands for it.
	Received(ctx context.Context, message Delivery, r Acceptance)
	// Attempted: a request to a provider came to an end, or its outcome is
	// unknown.
	Attempted(d Delivery, a Attempt)
	// Reported: a provider's report of this state changed a delivery.
	Reported(ctx context.Context, d Delivery, a Attempt, state AttemptState)
	// Ended: a delivery has reached its end.
	Ended(d Delivery)
	// Used: Kratos let the person in with the code of this delivery.
	Used(ctx context.Context, d Delivery)
	// Alerted: something about this delivery is a security event.
	Alerted(d Delivery)
	// Unusual: too few of the codes for numbers that start alike were used.
	Unusual(c Conversion)
	// Trouble: something that should work did not. `doing` says what was tried.
	Trouble(doing string, err error)
}
