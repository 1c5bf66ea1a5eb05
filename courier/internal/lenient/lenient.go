// Package lenient reads what providers write: a field of an odd type, or an empty
// one, is passed over and never loses the fields beside it.
package lenient

import "encoding/json"

// Text takes a JSON string, or a number as its text; anything else is "". It
// stands in for json.Number, with which one odd number makes the whole document
// unreadable.
type Text string

// UnmarshalJSON implements json.Unmarshaler. It never fails.
func (t *Text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*t = Text(s)
		return nil
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		*t = Text(n)
		return nil
	}
	*t = ""
	return nil
}
