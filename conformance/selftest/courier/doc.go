// Package courier is a second courier, made to be wrong. The suite is tried on it:
// without a fault everything that it claims passes, and with a fault exactly the
// requirements fail that the fault is about.
//
// It knows REQUIREMENTS.md, what Kratos posts, what Meta's Cloud API and Twilio
// document, and nothing of the courier of this repository, whose mistakes it must
// not share. It has the standard library only, one lock, one goroutine for each
// delivery, and a journal file from which it goes on after a crash. It is slow and
// plain on purpose, and fit for nothing but tests.
package courier
