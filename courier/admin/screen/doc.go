// Package screen is one page for operators: what goes out at the moment, what became of
// the codes of the last day, what is degraded and what is left of the limits. It shows no
// code and no full number. The server draws everything; the browser puts fresh pieces in
// place.
//
// The page itself holds no secret and needs no key. It asks for the API key once, keeps
// it in memory, and sends it as a header with each request for the stream of pieces,
// which EventSource could not do. A stream ends after some seconds, and the page asks for
// the next one: a key that was taken away shows nothing for longer than that.
package screen
