// Package world is what is true in the mock: the account and its templates, the
// phones, the life of each message, limits, the access token, faults and chance,
// and the journal of all that happened.
//
// [World] has one lock, which only this package takes: every exported method is
// one whole operation and returns copies. Its parts are [Account], [Templates],
// [Handsets], [Faults] and [Journal]. Time is a [Clock] that can be moved on. What
// the mock sends out goes to an [Outbox], which package hooks implements.
// Whether Meta would take a request is decided by package meta.
package world
