package courier

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrNotAPhone is returned for a recipient that is no phone number.
var ErrNotAPhone = errors.New("the recipient is not a phone number in international format")

// Phone is a phone number in E.164. It prints masked; the digits sit behind a
// pointer for the same reason as in Code.
type Phone struct{ e164 *string }

// ParsePhone reads a number in international format, in every spelling that
// Kratos' `format: tel` takes (spaces, dashes, brackets, full-width digits,
// "tel:", an extension), and means the number that Kratos means: in verification
// messages Kratos hands the raw trait over (Kratos v1.3.1 and v26.2.0). Only what
// cannot be called from abroad is refused: numbering plans change faster than
// libraries, and Meta or the SMS provider knows better.
func ParsePhone(raw string) (Phone, error) {
	text := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(raw), "tel:"))
	number, err := phonenumbers.Parse(text, "ZZ")
	if err != nil {
		return Phone{}, ErrNotAPhone
	}
	number = renumbered(number)
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	if !callable(number) || len(e164) > len("+")+maxDigits || e164 != text && !readsBack(e164) {
		return Phone{}, ErrNotAPhone
	}
	return Phone{e164: &e164}, nil
}

// maxDigits is how long a number can be (ITU-T E.164, clause 6). Some countries
// have longer ones that cannot be called from abroad.
const maxDigits = 15

// readsBack reports whether a number means itself. One that loses a further
// zero at each reading, such as +840000000000, belongs to no phone.
func readsBack(e164 string) bool {
	again, err := phonenumbers.Parse(e164, "ZZ")
	return err == nil && phonenumbers.Format(again, phonenumbers.E164) == e164
}

// KnownPhone wraps a number in E.164 that ParsePhone has made before, as a store
// gives it back. Parsing it again would cost more than reading it.
func KnownPhone(e164 string) Phone { return Phone{e164: &e164} }

// E164 returns the full number with its plus sign. Call it only where the
// number leaves for a provider, is hashed, or is encrypted for the store.
func (p Phone) E164() string {
	if p.e164 == nil {
		return ""
	}
	return *p.e164
}

// IsZero reports whether there is no number.
func (p Phone) IsZero() bool { return p.e164 == nil }

// Masked returns the country calling code and the last two digits, such as
// "+91********10".
func (p Phone) Masked() string {
	full := p.E164()
	if full == "" {
		return ""
	}
	head := len("+" + p.CallingCode())
	tail := len(full) - 2
	if tail < head {
		return strings.Repeat("*", len(full))
	}
	return full[:head] + strings.Repeat("*", tail-head) + full[tail:]
}

// Prefix returns how the number starts: plus sign, country calling code and the
// next digits, such as "+1202". It leaves at least the last four digits out.
func (p Phone) Prefix(digits int) string {
	full := p.E164()
	head := len("+" + p.CallingCode())
	return full[:max(min(head+digits, len(full)-4), min(head, len(full)))]
}

// CallingCode returns the country calling code without a plus sign, such as
// "91". It is what metrics may be labelled with.
func (p Phone) CallingCode() string {
	digits := strings.TrimPrefix(p.E164(), "+")
	for n := 1; n <= min(maxCallingCode, len(digits)); n++ {
		// No calling code begins with another one.
		if len(regionsOf(digits[:n])) > 0 {
			return digits[:n]
		}
	}
	return ""
}

// maxCallingCode is how many digits a calling code can have (ITU-T E.164, clause 6).
const maxCallingCode = 3

// regionsOf are the regions that share a calling code, the main one first. Looking
// them up is what keeps the library's regular expressions off each log line and
// metric.
func regionsOf(callingCode string) []string {
	code, err := strconv.Atoi(callingCode)
	if err != nil {
		return nil
	}
	return phonenumbers.GetRegionCodesForCountryCode(code)
}

// Region returns the ISO 3166-1 alpha-2 code of the number's country, such as
// "BR", [NoCountry] for a network without one, or "" when it cannot be told. Of
// several countries with one calling code a number that fits none of their plans
// counts as the main one's.
func (p Phone) Region() string {
	regions := regionsOf(p.CallingCode())
	switch len(regions) {
	case 0:
		return ""
	case 1:
		return regions[0]
	}
	number, err := phonenumbers.Parse(p.E164(), "ZZ")
	if err != nil {
		return ""
	}
	return cmp.Or(phonenumbers.GetRegionCodeForNumber(number), regions[0])
}

// String shows the masked number.
func (p Phone) String() string { return p.Masked() }

// GoString shows the masked number to %#v.
func (p Phone) GoString() string { return p.Masked() }

// MarshalText shows the masked number to JSON and every other text encoder.
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.Masked()), nil }
