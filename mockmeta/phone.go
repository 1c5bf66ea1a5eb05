package mockmeta

import (
	"fmt"
	"strings"
)

// digits drops everything that is no digit; numbers are kept and compared so.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// senderCountry is the country code of the seeded business number.
const senderCountry = "1"

// recipient reads the "to" of a send: plus, dashes, brackets and spaces are
// tolerated. Without a plus Meta prepends the business number's country code
// (messages/send-messages, revision of 4 November 2025).
func recipient(to string) (number string, ok bool) {
	for _, r := range to {
		if (r < '0' || r > '9') && !strings.ContainsRune("+-() ", r) {
			return "", false
		}
	}
	number = digits(to)
	if !strings.HasPrefix(strings.TrimSpace(to), "+") && !strings.HasPrefix(number, senderCountry) {
		number = senderCountry + number
	}
	// E.164 has at most 15 digits; the shortest subscriber numbers have 7.
	return number, len(number) >= 7 && len(number) <= 15
}

// mask shows the last two digits only, for the log.
func mask(number string) string {
	if len(number) <= 2 {
		return "**"
	}
	return fmt.Sprintf("%s%s", strings.Repeat("*", len(number)-2), number[len(number)-2:])
}
