// Package mockmeta is a mock of Meta's WhatsApp Cloud API with simulated phones
// and a Twilio-compatible SMS side. It is strict where Meta is strict, sends
// real signed webhooks, and fails on demand. Everything is in memory.
//
// [New] starts a [Server] for a test, as httptest does; cmd/mockmeta is the same as
// a program. Its [Options] are listeners, credentials and misbehaviour. Tests steer
// it through the control API, for which [client.Client] is the Go side.
// DIVERGENCES.md lists where it differs from Meta.
//
// Inside, a [world.World] is what is true: the account, its templates, the phones
// and the life of each message. Its faces over HTTP are [graph.API], [smsapi.API],
// [control.API] and [page.Page]; what it sends goes out through [hooks.Hooks].
// Whether Meta would take a request is decided by package meta.
package mockmeta
