package webhook

import "slices"

// route empties the events about sending numbers that are not ours: an app of
// Meta's has one callback URL, however many numbers and programs it serves. Events
// without a number are about the account, or Meta left it out; they stay. No
// numbers at all means that every one is ours.
func route(events []Event, ours []string) []Event {
	if len(ours) == 0 {
		return events
	}
	for i, e := range events {
		if e.PhoneNumberID != "" && !slices.Contains(ours, e.PhoneNumberID) {
			events[i] = Event{Kind: KindForeign, Field: e.Field, PhoneNumberID: e.PhoneNumberID}
		}
	}
	return events
}
