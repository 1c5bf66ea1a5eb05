package world

import "slices"

// SendingNumber is one of the account's own numbers.
type SendingNumber struct {
	// ID is its phone_number_id, Display the number as people write it.
	ID, Display string
}

// SendingNumbers are all of the account's, the first one first.
func SendingNumbers() []SendingNumber {
	return []SendingNumber{{PhoneNumberID, DisplayPhoneNumber}, {SecondPhoneNumberID, SecondDisplayPhoneNumber}}
}

// SendingNumberByID returns the number with that phone_number_id.
func SendingNumberByID(id string) (SendingNumber, bool) {
	numbers := SendingNumbers()
	i := slices.IndexFunc(numbers, func(n SendingNumber) bool { return n.ID == id })
	if i < 0 {
		return SendingNumber{}, false
	}
	return numbers[i], true
}
