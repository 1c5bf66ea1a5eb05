package mockmeta

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Every parser of outside bytes has a target here. None may panic, and what is
// taken must keep the rules.

func seedWith(f *testing.F, patterns ...string) {
	for _, pattern := range patterns {
		files, err := filepath.Glob("testdata/" + pattern)
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
func jsonParams(body []byte) *params {
	f, _ := readFields("application/json", nil, body)
	return newParams(f)
}

func FuzzFields(f *testing.F) {
	f.Add("application/json", "a=1", []byte(`{"a":1}`))
	f.Add("multipart/form-data; boundary=x", "", []byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--"))
	f.Add("application/x-www-form-urlencoded", "", []byte("a=%7B%7D&a=2"))
	f.Fuzz(func(t *testing.T, kind, query string, body []byte) {
		values, _ := url.ParseQuery(query)
		fields, _ := readFields(kind, values, body)
		if shown := fields.shownBody(body); len(shown) > 0 {
			require.True(t, json.Valid(shown))
		}
		p := newParams(fields)
		p.text("a")
		p.object("b")
		p.list("c")
		p.flag("d")
	})
}

func FuzzParseOutgoing(f *testing.F) {
	seedWith(f, "send/request-*.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := parseOutgoing(jsonParams(body), version{25, 0}, false)
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
		_, _ = parseUpsert(jsonParams(body), true)
		_, _ = parseEdit(jsonParams(body), templateSpec{Name: "x"}, false)
		req, err := parseCreate(jsonParams(body), false)
		if err != nil {
			return
		}
		require.Regexp(t, templateName, req.Name)
		require.LessOrEqual(t, req.Expiry, maxExpiry)
		require.Contains(t, []string{CopyCode, OneTap, ZeroTap}, req.OTPType)
	})
}

func FuzzRecipient(f *testing.F) {
	for _, seed := range []string{"+1 (202) 555-0143", "9876543210", "+", "home", "+5215512345678", "15007000099", "+15005999999", "++1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, to string) {
		number, ok := recipient(to)
		_ = magic(number)
		if !ok {
			return
		}
		require.Equal(t, phoneKey(number), phoneKey(phoneKey(number)), "one spelling")
		require.NotEmpty(t, waID(number))
	})
}

func FuzzSink(f *testing.F) {
	f.Add("application/json", []byte(`{"messages":[{"destinations":[{"to":"1"}],"text":"x"}]}`))
	f.Add("application/x-www-form-urlencoded", []byte("to=1&text=%zz"))
	f.Fuzz(func(_ *testing.T, kind string, body []byte) { parseSink(kind, body) })
}

func FuzzEscapeASCII(f *testing.F) {
	seedWith(f, "webhooks/*.json")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) || !utf8.Valid(raw) {
			return
		}
		escaped := escapeASCII(raw)
		var before, after any
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&before))
		dec = json.NewDecoder(bytes.NewReader(escaped))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&after))
		require.Equal(t, before, after, "the same JSON")
		for _, c := range escaped {
			require.Less(t, c, byte(0x80))
		}
	})
}

func FuzzControl(f *testing.F) {
	f.Add([]byte(`{"kind":"delay","delay":"1s","number":"+1"}`))
	f.Add([]byte(`{"number":"+1","off_for":"9s"}`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		var fault client.Fault
		if json.Unmarshal(body, &fault) == nil {
			_, _ = completeFault(fault)
		}
		var phone client.Handset
		if json.Unmarshal(body, &phone) == nil {
			_, _, _ = checkHandset(phone)
		}
	})
}

func FuzzPathAndCursor(f *testing.F) {
	f.Add("v25.0")
	f.Add("v99999999999999999999.0")
	f.Add(cursor(7))
	f.Fuzz(func(_ *testing.T, s string) {
		_, _ = parseVersion(s)
		_, _ = position(s)
		_ = alternatives(s)
	})
}
