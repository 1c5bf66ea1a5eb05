// Package courier holds the rules: what happens to one code that Kratos wants
// delivered.
//
// A message comes in through Intake, becomes a Delivery and is committed before
// Kratos gets its answer. The Dispatcher carries it out: it asks Policy.Next,
// a pure function, for the next step, and commits every step before and after
// it is taken. Tracker feeds the providers' status reports in, Events the news
// that the person has logged in. States only move forward:
//
//	stateDiagram-v2
//	    [*] --> accepted
//	    [*] --> suppressed: limit, no phone, no code
//	    accepted --> sending: request to WhatsApp, or to SMS when asked for
//	    sending --> sent: provider took it
//	    sending --> accepted: passing failure, retry later
//	    sending --> fallback: failed, or silent until the deadline
//	    sent --> fallback: failed, or silent until the deadline
//	    sending --> handed_over: SMS provider took it
//	    fallback --> handed_over: SMS provider took it
//	    sent --> delivered
//	    delivered --> read
//	    fallback --> failed: SMS failed, or its budget is spent
//	    accepted --> expired: the code's life ended
//	    sent --> cancelled: the person is in
//
// Any live state can also end as delivered, read, failed, expired or cancelled,
// and a late report from the phone lifts handed_over, failed and expired to
// delivered or read.
//
// No Meta, no SQL and no SMS vendor is in this package: they stand behind
// Sender and Store.
package courier
