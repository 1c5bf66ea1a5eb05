package courier

import (
	"strconv"
	"strings"
	"time"
)

// Report is a provider's report about one attempt.
type Report struct {
	// Delivery and Attempt come back in the reference that we sent along. A nil
	// Delivery means that only ProviderID is known.
	Delivery ID
	Attempt  int
	// Provider and ProviderID find the attempt when there is no reference.
	Provider   string
	ProviderID string
	// State is one of AttemptSent, AttemptDelivered, AttemptRead, AttemptFailed.
	State AttemptState
	// At is the provider's time of the event.
	At time.Time
	// Class, Code and Reason describe a failure.
	Class  Class
	Code   string
	Reason string
}

// Reference is what a provider echoes in its reports, such as "<id>.2".
func Reference(d ID, attempt int) string {
	return d.String() + "." + strconv.Itoa(attempt)
}

// ParseReference reads what Reference wrote.
func ParseReference(text string) (d ID, attempt int, ok bool) {
	id, n, found := strings.Cut(text, ".")
	if !found {
		return ID{}, 0, false
	}
	attempt, err := strconv.Atoi(n)
	if err != nil || attempt < 1 || d.UnmarshalText([]byte(id)) != nil {
		return ID{}, 0, false
	}
	return d, attempt, true
}
