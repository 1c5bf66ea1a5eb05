// Package mockmeta is a mock of Meta's WhatsApp Cloud API with simulated phones
// and a Twilio-compatible SMS side. It is strict where Meta is strict, sends
// real signed webhooks, and fails on demand. Everything is in memory.
//
// [New] starts one for a test, as httptest does; cmd/mockmeta is the same as a
// program. Tests steer it through the control API, for which package client is
// the Go side. DIVERGENCES.md lists where it differs from Meta.
//
// Inside, world holds what is true, under one lock: account, templates, phones
// and the life of each message. graphAPI, smsAPI, controlAPI and page are its
// faces; newGraphAPI is the index of what is simulated.
package mockmeta
