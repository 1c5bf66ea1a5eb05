package smsapi

import "testing"

func FuzzSink(f *testing.F) {
	f.Add("application/json", []byte(`{"messages":[{"destinations":[{"to":"1"}],"text":"x"}]}`))
	f.Add("application/x-www-form-urlencoded", []byte("to=1&text=%zz"))
	f.Fuzz(func(_ *testing.T, kind string, body []byte) { parseSink(kind, body) })
}
