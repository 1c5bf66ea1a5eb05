// Package meta answers one question: would Meta take this? It reads the
// parameters of a request ([Fields], [Params]), knows templates, versions and
// phone numbers, and has Meta's errors ([Error], [ErrorByCode]). It is made of
// pure functions: each takes a request and returns a value or a refusal. What is
// true at the moment is in package world.
package meta
