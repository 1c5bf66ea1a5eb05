// Package status tells login pages where a person should look for the code: GET /status
// on the public listener. It is for everybody's browser, so it knows no number, bounds
// what one client may ask, and answers a token that nobody has sent like one whose message
// is still on its way. What the answer may say is for [courier.Hint].
package status
