package mockmeta

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Every parser of outside bytes has a target here. None may panic.

func FuzzMagic(f *testing.F) {
	f.Add("15007000099")
	f.Add("15005999999")
	f.Fuzz(func(_ *testing.T, number string) { _ = magic(number) })
}

func FuzzSink(f *testing.F) {
	f.Add("application/json", []byte(`{"messages":[{"destinations":[{"to":"1"}],"text":"x"}]}`))
	f.Add("application/x-www-form-urlencoded", []byte("to=1&text=%zz"))
	f.Fuzz(func(_ *testing.T, kind string, body []byte) { parseSink(kind, body) })
}

func FuzzEscapeASCII(f *testing.F) {
	f.Add([]byte(`{"a":"Zoë / \ud83d"}`))
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

func FuzzCursor(f *testing.F) {
	f.Add(cursor(7))
	f.Fuzz(func(_ *testing.T, s string) {
		_, _ = position(s)
		_ = alternatives(s)
	})
}
