package courier

import (
	"fmt"
	"time"
)

// DeliveryError is the one error a Sender returns.
type DeliveryError struct {
	Class Class
	// Code is the provider's own code, such as "131026"; "" when it gave none.
	Code string
	// Reason is for operators. It holds neither code nor number.
	Reason string
	// RetryAfter is how long the provider asks to wait; 0 when it does not say.
	RetryAfter time.Duration
	// Variant is the variant of the template that was tried, such as its
	// language; "" when the provider has none.
	Variant string
	// Cause is the error below, if any.
	Cause error
}

// Error names class, provider code and reason.
func (e *DeliveryError) Error() string {
	text := fmt.Sprintf("%s: %s", e.Class, e.Reason)
	if e.Code != "" {
		text = fmt.Sprintf("%s %s: %s", e.Class, e.Code, e.Reason)
	}
	return text
}

// Unwrap returns the cause.
func (e *DeliveryError) Unwrap() error { return e.Cause }
