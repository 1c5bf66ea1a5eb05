// Package sessions ends the sessions of a person at Kratos after a security event: a code
// that the person did not ask for, or a number that may be another person's now.
//
// It works beside the deliveries and never holds one up. What is to be done is in the store
// from the commit on that notes the event, and is taken back once it is done, or was tried
// for long enough: so a process that is killed loses nothing, and what it had just done may
// be done again. One process at a time works for all that share the store.
package sessions
