package meta

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Every parser of outside bytes has a target here. None may panic, and what is
// taken must keep the rules.

func seedWith(f *testing.F, patterns ...string) {
	for _, pattern := range patterns {
		files, err := filepath.Glob("../../testdata/" + pattern)
		require.NoError(f, err)
		for _, file := range files {
			raw, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(raw)
		}
	}
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"type":1e999,"template":[[]],"to":null}`))
}

// jsonParams are the parameters of a JSON body; none when it is broken.
func jsonParams(body []byte) *Params {
	f, _ := ReadFields("application/json", nil, body)
	return NewParams(f)
}

func FuzzFields(f *testing.F) {
	f.Add("application/json", "a=1", []byte(`{"a":1}`))
	f.Add("multipart/form-data; boundary=x", "", []byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--"))
	f.Add("application/x-www-form-urlencoded", "", []byte("a=%7B%7D&a=2"))
	f.Fuzz(func(t *testing.T, kind, query string, body []byte) {
		values, _ := url.ParseQuery(query)
		fields, _ := ReadFields(kind, values, body)
		if shown := fields.ShownBody(body); len(shown) > 0 {
			require.True(t, json.Valid(shown))
		}
		p := NewParams(fields)
		p.Text("a")
		p.Object("b")
		p.List("c")
		p.Flag("d")
	})
}

func FuzzParseOutgoing(f *testing.F) {
	seedWith(f, "send/request-*.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := ParseOutgoing(jsonParams(body), Version{25, 0}, false)
		if err != nil {
			require.NotZero(t, err.HTTP)
			return
		}
		require.NotEmpty(t, m.Number)
		if m.Template != "" {
			require.NotEmpty(t, m.Code)
			require.LessOrEqual(t, utf8.RuneCountInString(m.Code), maxCode)
		}
	})
}

func FuzzParseTemplate(f *testing.F) {
	seedWith(f, "templates/*-request.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = ParseUpsert(jsonParams(body), true)
		_, _ = ParseEdit(jsonParams(body), false)
		req, err := ParseCreate(jsonParams(body), false)
		if err != nil {
			return
		}
		require.Regexp(t, templateName, req.Name)
		require.LessOrEqual(t, req.Expiry, MaxExpiry)
		require.Contains(t, []string{CopyCode, OneTap, ZeroTap}, req.OTPType)
	})
}

func FuzzRecipient(f *testing.F) {
	for _, seed := range []string{"+1 (202) 555-0143", "9876543210", "+", "home", "+5215512345678", "15007000099", "+15005999999", "++1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, to string) {
		number, ok := Recipient(to)
		if !ok {
			return
		}
		require.Equal(t, PhoneKey(number), PhoneKey(PhoneKey(number)), "one spelling")
		require.NotEmpty(t, WaID(number))
	})
}

func FuzzParseVersion(f *testing.F) {
	f.Add("v25.0")
	f.Add("v99999999999999999999.0")
	f.Fuzz(func(_ *testing.T, s string) { _, _ = ParseVersion(s) })
}
