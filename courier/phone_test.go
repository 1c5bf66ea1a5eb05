package courier

import (
	"cmp"
	"fmt"
	"strconv"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"
)

func TestParsePhone(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"+12025550143":          "+12025550143",
		" +1 (202) 555-0143 ":   "+12025550143",
		"tel:+12025550143":      "+12025550143",
		"+55 (11) 98888-7777":   "+5511988887777", // raw trait of a verification message
		"+55 11 8888-7777":      "+551188887777",  // possible, not valid: eight-digit mobile
		"+44 (0)7700 900123":    "+447700900123",
		"+5215512345678":        "+525512345678", // Mexico as WhatsApp shows it
		"+52 1 55 1234 5678":    "+525512345678",
		"+54 9 11 2345-6789":    "+5491123456789",
		"+919876543210":         "+919876543210",
		"\u00a0+1 202 555 0143": "+12025550143",
	} {
		phone, err := ParsePhone(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, phone.E164(), raw)
	}
	for _, raw := range []string{"", "person@example.com", "2025550143", "0012025550143", "+", "+1", "+1234", "++12025550143+", "+999123456789012345"} {
		_, err := ParsePhone(raw)
		require.ErrorIs(t, err, ErrNotAPhone, raw)
	}
}

func TestPrefixStartsWithTheCallingCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number string
		digits int
		want   string
	}{
		{"+12025550143", 3, "+1202"},
		{"+12025550143", 0, "+1"},
		{"+447700900123", 3, "+44770"},
		{"+919876543210", 5, "+9198765"},
		{"+2906123", 5, "+290"}, // Saint Helena: five digits in all
		{"", 3, ""},
	} {
		phone := Phone{}
		if c.number != "" {
			phone = KnownPhone(c.number)
		}
		require.Equal(t, c.want, phone.Prefix(c.digits), c.number)
	}
}

func TestMaskedKeepsCountryAndLastTwo(t *testing.T) {
	t.Parallel()
	for full, masked := range map[string]string{
		"+919876543210": "+91********10",
		"+12025550143":  "+1********43",
		"+447700900123": "+44********23",
	} {
		phone, err := ParsePhone(full)
		require.NoError(t, err)
		require.Equal(t, masked, phone.Masked())
	}
	require.Empty(t, Phone{}.Masked())
}

// Every country's numbers mean themselves, as the library knows them.
func TestExampleNumbersOfAllCountries(t *testing.T) {
	t.Parallel()
	checked := 0
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			e164 := phonenumbers.Format(example, phonenumbers.E164)
			for _, typed := range []string{e164, phonenumbers.Format(example, phonenumbers.INTERNATIONAL), "tel:" + e164} {
				phone, err := ParsePhone(typed)
				require.NoError(t, err, typed)
				require.Equal(t, e164, phone.E164(), typed)
				require.Equal(t, strconv.Itoa(int(example.GetCountryCode())), phone.CallingCode(), typed)
				require.Equal(t, regionByLibrary(example), phone.Region(), typed)
				checked++
			}
		}
	}
	require.Greater(t, checked, 3000)
}

// regionByLibrary asks the library, which looks at every plan of the calling code.
func regionByLibrary(n *phonenumbers.PhoneNumber) string {
	return cmp.Or(phonenumbers.GetRegionCodeForNumber(n), phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode())))
}

func TestWhatIsNoNumberHasNoCountry(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "+", "+0", "+099912345", "+99999999", "person"} {
		require.Empty(t, KnownPhone(text).CallingCode(), text)
		require.Empty(t, KnownPhone(text).Region(), text)
	}
	require.Empty(t, Phone{}.CallingCode())
	require.Empty(t, Phone{}.Region())
}

// The spellings that Kratos' `format: tel` takes (nyaruka/phonenumbers v1.3.6 in
// Kratos v1.3.1), and the numbers that it means by them.
func TestSpellingsThatKratosTakes(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"(+52) 1 55 1234 5670":      "+525512345670",
		"\uff0b5215512345670":       "+525512345670", // full-width plus
		"tel:+52 1 55 1234 5670":    "+525512345670",
		"+52-1-55-1234-5670":        "+525512345670",
		"+52 (1) 55 1234.5670":      "+525512345670",
		"+52 044 55 1234 5670":      "+525512345670",
		"+52 045 55 1234 5670":      "+525512345670",
		"+52 01 55 1234 5670":       "+525512345670",
		"+54 11 15 2345-6789":       "+5491123456789",
		"+55 (011) 98888-7777":      "+5511988887777",
		"+33 0 6 12 34 56 78":       "+33612345678",
		"+39 06 1234 5678":          "+390612345678",
		"+1-202-555-0143 ext. 12":   "+12025550143",
		"tel:+1-202-555-0143;ext=1": "+12025550143",
		"+\u0669\u0661\u0669\u0668\u0667\u0666\u0665\u0664\u0663\u0662\u0661\u0660": "+919876543210",
		"+\uff11\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff14\uff13":       "+12025550143",
		"+1 202 KOD-EAAA": "+12025633222",
	} {
		phone, err := ParsePhone(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, phone.E164(), raw)
	}
}

// Numbering plans change, and Kratos' library is older than ours.
func TestNumbersOfOldPlansReachThePhoneOfToday(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"+22997123456":      "+2290197123456", // Benin before 30 November 2024
		"+229 97 12 34 56":  "+2290197123456",
		"+2290197123456":    "+2290197123456",
		"+22985751234":      "+22985751234",   // Internet telephony kept its eight digits
		"+23418040123":      "+2342018040123", // Nigeria: a fixed line of Lagos as Kratos v1.3.1 takes it
		"+234 (0)1 8040123": "+2342018040123",
		"+2342018040123":    "+2342018040123",
		"+2348031234567":    "+2348031234567",   // a mobile
		"+467191234567890":  "+467191234567890", // Sweden: 13 digits after the calling code
		"+46719123456789":   "+46719123456789",
	} {
		phone, err := ParsePhone(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, phone.E164(), raw)
	}
}

func TestNumbersThatCannotBeCalledFromAbroad(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"+49 110", "+49110", "+43 110", "+1 911", "+44 999", "+33 112", "+61 000", // emergency
		"+1 555 0143",                 // local, without an area code
		"+2341804",                    // too short for anywhere
		"+4671912345678901",           // 14 digits in Sweden
		"+120255501439",               // one digit too many: it may reach +1 202 555 0143
		"+52155123456701",             // Mexican, one digit too many
		"+2299712345", "+52155123456", // too short
	} {
		_, err := ParsePhone(raw)
		require.ErrorIs(t, err, ErrNotAPhone, raw)
	}
}

func TestEmergencyNumbersAreNoRecipients(t *testing.T) {
	t.Parallel()
	checked := 0
	for region := range phonenumbers.GetSupportedRegions() {
		for _, number := range []string{"000", "110", "112", "113", "114", "115", "117", "118", "119", "120", "122", "911", "999"} {
			if phonenumbers.IsEmergencyNumber(number, region) {
				_, err := ParsePhone(fmt.Sprintf("+%d%s", phonenumbers.GetCountryCodeForRegion(region), number))
				require.ErrorIs(t, err, ErrNotAPhone, "%s %s", region, number)
				checked++
			}
		}
	}
	require.Greater(t, checked, 200)
}

func TestCheckRegion(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"UK": "GB", "EL": "GR", "gb": "GB", "uk": "GB", "ZZ": "", "XX": "", "": "", "USA": "", "049": ""} {
		hint, ok := CheckRegion(code)
		require.False(t, ok, code)
		require.Equal(t, want, hint, code)
	}
	for code := range misspelt() {
		_, ok := CheckRegion(code)
		require.False(t, ok, "%s is a country", code)
		_, ok = CheckRegion(misspelt()[code])
		require.True(t, ok, "the hint %s is no country", misspelt()[code])
	}
	for region := range phonenumbers.GetSupportedRegions() {
		_, ok := CheckRegion(region)
		require.True(t, ok, region)
	}
	_, ok := CheckRegion(NoCountry)
	require.True(t, ok)
}

func TestPossiblePrefix(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"+1", "+4", "+44", "+4470", "+881", "+88213", "+979", "+352621"} {
		require.True(t, PossiblePrefix(prefix), prefix)
	}
	for _, prefix := range []string{"", "+", "44", "+0", "+044", "+210", "+999", "+2101"} {
		require.False(t, PossiblePrefix(prefix), prefix)
	}
}

func TestWhatLooksLikeANumberAndIsNone(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"+8400000000000", "+84 0 00 912345678"} {
		_, err := ParsePhone(raw)
		require.ErrorIs(t, err, ErrNotAPhone, raw)
	}
	_, err := ParsePhone("+810010000000000222")
	require.ErrorIs(t, err, ErrNotAPhone, "18 digits")
	phone, err := ParsePhone("+84 0912 345 678")
	require.NoError(t, err, "people write the zero that is for calls at home")
	require.Equal(t, "+84912345678", phone.E164())
}

func FuzzParsePhone(f *testing.F) {
	for _, seed := range []string{"+12025550143", "tel:+44 (0)7700 900123", "+5215512345678", "x", "+٩١٩٨٧٦٥٤٣٢١٠", "+8400000000000", "+810010000000000222"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		phone, err := ParsePhone(raw)
		if err != nil {
			return
		}
		require.Regexp(t, `^\+[0-9]{5,15}$`, phone.E164())
		again, err := ParsePhone(phone.E164())
		require.NoError(t, err)
		require.Equal(t, phone.E164(), again.E164(), "E.164 must read back as itself")
	})
}
