package meta

import "strings"

// RealToken is how Meta's access tokens begin. One of those must never come here,
// not even by accident.
const RealToken = "EAA"

// LooksReal says whether a token may be a real one.
func LooksReal(token string) bool { return strings.HasPrefix(token, RealToken) }
