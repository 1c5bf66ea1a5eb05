// Package kratos is the courier's face to Ory Kratos: what Kratos' HTTP courier
// channel posts becomes a courier.Message, and what its web hooks tell becomes a
// used code.
//
// Messages serves /kratos/messages by ParseMessage, Events serves /kratos/events.
// What happens to a message is decided by the package courier; this one knows
// Kratos' JSON (captured from v1.3.1 and v26.2.0, in testdata) and which answers
// Kratos takes well.
package kratos
