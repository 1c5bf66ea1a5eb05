package webhook

import "slices"

// route empties the events about sending numbers and accounts that are not ours:
// an app of Meta's has one callback URL, however many of them and programs it
// serves.
func (c Config) route(events []Event) []Event {
	for i, e := range events {
		if c.foreign(e) {
			events[i] = Event{Kind: KindForeign, Field: e.Field, AccountID: e.AccountID, PhoneNumberID: e.PhoneNumberID}
		}
	}
	return events
}

// foreign goes by the number where there is one. What Meta left out or we were
// not told makes nothing foreign.
func (c Config) foreign(e Event) bool {
	if e.PhoneNumberID != "" {
		return len(c.PhoneNumberIDs) > 0 && !slices.Contains(c.PhoneNumberIDs, e.PhoneNumberID)
	}
	return c.AccountID != "" && e.AccountID != "" && e.AccountID != c.AccountID
}
