package meta

import (
	"strings"
)

// Digits drops everything that is not a digit; numbers are kept and compared so.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// senderCountry is the country code of the seeded business number.
const senderCountry = "1"

// Recipient reads the "to" of a send: plus, dashes, brackets and spaces are
// tolerated. Without a plus Meta prepends the business number's country code
// (messages/send-messages, revision of 4 November 2025).
func Recipient(to string) (number string, ok bool) {
	for _, r := range to {
		if (r < '0' || r > '9') && !strings.ContainsRune("+-() ", r) {
			return "", false
		}
	}
	number = Digits(to)
	if !strings.HasPrefix(strings.TrimSpace(to), "+") && !strings.HasPrefix(number, senderCountry) {
		number = senderCountry + number
	}
	return number, plausible(number)
}

// IsNumber says whether a text holds a phone number with its country code, in
// any spelling.
func IsNumber(text string) bool { return plausible(Digits(text)) }

// plausible: E.164 has at most 15 digits; the shortest subscriber numbers have 7.
func plausible(number string) bool { return len(number) >= 7 && len(number) <= 15 }

// Countries whose WhatsApp ids are written in another way than the numbers.
const (
	brazil    = "55"
	mexico    = "52"
	argentina = "54"
)

// PhoneKey is the one spelling under which a phone is known, whichever of its
// country's spellings is used.
func PhoneKey(number string) string {
	switch {
	case strings.HasPrefix(number, brazil) && len(number) == 12 && number[4] >= '6':
		return number[:4] + "9" + number[4:] // a mobile without its ninth digit
	case strings.HasPrefix(number, mexico+"1") && len(number) == 13:
		return mexico + number[3:]
	case strings.HasPrefix(number, argentina+"9") && len(number) == 13:
		return argentina + number[3:]
	}
	return number
}

// WaID is the WhatsApp id that Meta gives to a number. In Brazil the accounts
// outside São Paulo, Rio and Espírito Santo (areas 11 to 28) are known without
// the ninth digit; Mexico has an additional 1, Argentina a 9.
func WaID(number string) string {
	key := PhoneKey(number)
	switch {
	case strings.HasPrefix(key, brazil) && len(key) == 13 && key[4] == '9' && (key[2:4] < "11" || key[2:4] > "28"):
		return key[:4] + key[5:]
	case strings.HasPrefix(key, mexico) && len(key) == 12:
		return mexico + "1" + key[2:]
	case strings.HasPrefix(key, argentina) && len(key) == 12:
		return argentina + "9" + key[2:]
	}
	return number
}
