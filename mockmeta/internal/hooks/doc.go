// Package hooks sends what leaves the mock: Meta's webhooks, written and signed as
// Meta writes and signs them, and the receipts of SMS.
//
// [Hooks] implements [world.Outbox]. It queues, posts in the background, repeats
// what was not taken, and spoils what a fault wants spoiled. Before webhooks come,
// a callback passes [Hooks.Handshake].
package hooks
