package courier

import (
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
				checked++
			}
		}
	}
	require.Greater(t, checked, 3000)
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
