package courier

import (
	"testing"

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

func FuzzParsePhone(f *testing.F) {
	for _, seed := range []string{"+12025550143", "tel:+44 (0)7700 900123", "+5215512345678", "x", "+٩١٩٨٧٦٥٤٣٢١٠"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		phone, err := ParsePhone(raw)
		if err != nil {
			return
		}
		require.Regexp(t, `^\+[0-9]{5,17}$`, phone.E164())
		again, err := ParsePhone(phone.E164())
		require.NoError(t, err)
		require.Equal(t, phone.E164(), again.E164(), "E.164 must read back as itself")
	})
}
