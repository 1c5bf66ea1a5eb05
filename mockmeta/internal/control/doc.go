// Package control is the control API, over which tests and people steer the mock:
// phones, faults, chance, the clock, the token, webhooks and the subscription. It
// also shows the journal and waits for what is to come.
//
// [API] has the routes; openapi.yaml describes them. Package client is the Go side
// of it, and what it steers is a [world.World].
package control
