package courier

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// renumbered returns the number under which a phone is reached today, where the
// numbering plan has changed and old spellings are still in use.
func renumbered(n *phonenumbers.PhoneNumber) *phonenumbers.PhoneNumber {
	old := phonenumbers.GetNationalSignificantNumber(n)
	fresh := old
	switch region := phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode())); region {
	case "MX":
		fresh = withoutMexicanPrefix(old)
	case "BJ":
		// Benin put 01 in front of its numbers of eight digits on 30 November 2024
		// (ARCEP Bénin), but for special services; Kratos v1.3.1 takes the old
		// ones only.
		if len(old) == 8 && !phonenumbers.IsValidNumber(n) {
			fresh = "01" + old
		}
	case "NG":
		// Nigeria put 02 in front of its fixed lines of eight digits on 1 January
		// 2024, so +234 1 463 0643 is +234 201 463 0643 (NCC, 19 September 2023);
		// Kratos v1.3.1 takes both, the old ones also with the zero for calls at home.
		if line := strings.TrimPrefix(old, "0"); len(line) == 8 {
			fresh = "20" + line
		}
	}
	if fresh == old {
		return n
	}
	parsed, err := phonenumbers.Parse("+"+strconv.Itoa(int(n.GetCountryCode()))+fresh, "ZZ")
	if err != nil {
		return n
	}
	return parsed
}

// withoutMexicanPrefix drops what Mexico put in front of mobile numbers until
// August 2019: 1 from abroad, 01, 02, 044 and 045 at home. WhatsApp still shows
// the 1. The library forgot them in 2024; Kratos v1.3.1 has an older one, which
// takes them. Numbers have ten digits.
func withoutMexicanPrefix(national string) string {
	prefix := national[:max(len(national)-10, 0)]
	switch prefix {
	case "1", "01", "02", "044", "045":
		return strings.TrimPrefix(national, prefix)
	}
	return national
}

// callable reports whether a number has a length at which it can be called from
// abroad. Local numbers without an area code cannot, emergency numbers neither.
func callable(n *phonenumbers.PhoneNumber) bool {
	national := phonenumbers.GetNationalSignificantNumber(n)
	if emergency(n, national) {
		return false
	}
	switch phonenumbers.IsPossibleNumberWithReason(n) {
	case phonenumbers.IS_POSSIBLE:
		return true
	case phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		// Some of those that no other country can call have a form of their own,
		// such as 310-1234 in Canada, and Kratos takes them.
		return phonenumbers.IsValidNumber(n)
	case phonenumbers.TOO_LONG:
		// Up to 13 digits without the calling code (PTS, description of the
		// numbering plan). Elsewhere further digits may reach the same phone, and
		// so get round the limit of codes for a number.
		return n.GetCountryCode() == sweden && len(national) <= 13
	default:
		return false
	}
}

const sweden = 46

// maxEmergency is how many digits an emergency number has at most, in South Africa
// for one. To try longer numbers on all 25 countries of +1 takes 0.1 ms.
const maxEmergency = 5

func emergency(n *phonenumbers.PhoneNumber, national string) bool {
	if len(national) > maxEmergency {
		return false
	}
	for _, region := range phonenumbers.GetRegionCodesForCountryCode(int(n.GetCountryCode())) {
		if region != NoCountry && phonenumbers.IsEmergencyNumber(national, region) {
			return true
		}
	}
	return false
}

// spellings are the numbers by which WhatsApp may know this phone: in Brazil older
// accounts lack the ninth digit, in Argentina all have a 9 that people leave out.
func (p Phone) spellings() []Phone {
	number, err := phonenumbers.Parse(p.E164(), "ZZ")
	if err != nil {
		return []Phone{p}
	}
	national := phonenumbers.GetNationalSignificantNumber(number)
	var other string
	switch region := phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode())); {
	case region == "BR" && len(national) == 11 && national[2] == '9':
		other = national[:2] + national[3:]
	case region == "BR" && len(national) == 10 && national[2] >= '6':
		other = national[:2] + "9" + national[2:]
	case region == "AR" && len(national) == 11 && national[0] == '9':
		other = national[1:]
	case region == "AR" && len(national) == 10:
		other = "9" + national
	default:
		return []Phone{p}
	}
	return []Phone{p, KnownPhone("+" + strconv.Itoa(int(number.GetCountryCode())) + other)}
}

// Kind is what a number is for, where that makes a difference to what a message
// to it costs or whether a person can read it there.
type Kind string

// The kinds that limits may refuse.
const (
	// KindPremium numbers cost the caller more, and pay their owner.
	KindPremium Kind = "premium_rate"
	// KindShared numbers cost caller and owner a part each.
	KindShared Kind = "shared_cost"
	// KindTollFree numbers cost the owner.
	KindTollFree Kind = "toll_free"
)

// Kind returns one of the kinds above, or "" for every other number.
func (p Phone) Kind() Kind {
	number, err := phonenumbers.Parse(p.E164(), "ZZ")
	if err != nil {
		return ""
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.PREMIUM_RATE:
		return KindPremium
	case phonenumbers.SHARED_COST:
		return KindShared
	case phonenumbers.TOLL_FREE:
		return KindTollFree
	default:
		return ""
	}
}

// NoCountry is the region of networks that belong to no country, such as
// satellite phones: +870, +881, +882, +883 and others (ITU-T E.164.1).
const NoCountry = "001"

// misspelt are codes that people take for a country's (ISO 3166-1 reserves some
// of them for just that), with the right one.
func misspelt() map[string]string {
	return map[string]string{"UK": "GB", "EL": "GR", "SU": "RU", "FX": "FR", "TP": "TL", "YU": "RS", "CS": "RS", "AN": "CW", "ZR": "CD", "BU": "MM", "EN": "GB", "SW": "SE", "DD": "DE"}
}

// CheckRegion reports whether a number can have this region, as [Phone.Region]
// returns it. If not, it returns the code that was probably meant, or "".
func CheckRegion(code string) (hint string, ok bool) {
	upper := strings.ToUpper(code)
	if code == NoCountry {
		return "", true
	}
	if phonenumbers.GetSupportedRegions()[code] {
		return "", true
	}
	if phonenumbers.GetSupportedRegions()[upper] {
		return upper, false
	}
	return misspelt()[upper], false
}

// PossiblePrefix reports whether a number in E.164 can start so: with a plus and
// a country calling code, or its first digits.
func PossiblePrefix(prefix string) bool {
	digits, ok := strings.CutPrefix(prefix, "+")
	if !ok || digits == "" {
		return false
	}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		if known := strconv.Itoa(code); strings.HasPrefix(digits, known) || strings.HasPrefix(known, digits) {
			return true
		}
	}
	return false
}
