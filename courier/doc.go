// Package courier holds the rules: what happens to one code that Kratos wants
// delivered.
//
// A message comes in through Intake, becomes a Delivery and is committed before
// Kratos gets its answer. The Dispatcher carries it out: it asks Policy.Next,
// a pure function, for the next step, and commits every step before and after
// it is taken. Tracker takes the providers' reports in, UsedCodes the logins of
// people. A channel has Routes, each a sender with a lane, a pace and breakers of its
// own: a message goes by the best that has a place and is in order. Breakers and Pace
// know what concerns everyone's messages: a degraded account, a rate to keep to.
//
// The states of a delivery, as Mermaid draws them; a test keeps the drawing and
// the code in agreement:
//
//	stateDiagram-v2
//	    [*] --> accepted: on disk, Kratos has its answer
//	    [*] --> suppressed: a limit, no phone, no code
//	    state live {
//	        accepted --> sending: a request leaves
//	        accepted --> fallback: no time for a retry
//	        sending --> sent: the provider took it and will report
//	        sending --> accepted: a passing failure, retry later
//	        sending --> fallback: failed, or silent until the deadline
//	        sent --> fallback: reported as failed, or silent until the deadline
//	        fallback --> accepted: no money for SMS, WhatsApp is tried again
//	        fallback --> sending: no money for SMS, and WhatsApp never answered
//	        fallback --> sent: no money for SMS, WhatsApp may still deliver
//	        sent --> accepted: an SMS reported as failed in passing, retry later
//	    }
//	    live --> delivered: the phone has it
//	    live --> read: the person has seen it
//	    live --> failed: no channel is left, or its budget is spent
//	    live --> expired: the code's life has ended
//	    live --> cancelled: the person is in, or did not ask for it, or an operator says so
//	    live --> superseded: a clearly newer code took its place
//	    sending --> handed_over: an SMS provider without reports took it
//	    sent --> handed_over: the SMS provider never reported
//	    fallback --> handed_over: one of both, after WhatsApp
//	    delivered --> read
//	    handed_over --> delivered: a late report
//	    handed_over --> read: a late report
//	    failed --> delivered: a late report
//	    failed --> read: a late report
//	    expired --> delivered: a late report
//	    expired --> read: a late report
//
// This package knows no HTTP, no Meta, no SQL and no SMS provider: they stand
// behind Sender and Store, and Kratos' JSON is read by the package kratos.
package courier
