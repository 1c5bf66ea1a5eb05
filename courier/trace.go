package courier

import "strings"

// TraceID is the id of a trace that is written as Delivery.Trace is: 32 hexadecimal
// digits, or "" where there is none.
func TraceID(traceparent string) string {
	const parts = 4 // version, trace, span and flags
	if all := strings.Split(traceparent, "-"); len(all) == parts {
		return all[1]
	}
	return ""
}
