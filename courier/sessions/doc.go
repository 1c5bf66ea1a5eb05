// Package sessions ends the sessions of a person at Kratos after a security event: a code
// that the person did not ask for, or a number that may be another person's now.
//
// It works beside the deliveries and never holds one up: what is to be done waits in a
// queue of bounded length, is tried a bounded number of times, and is told as done or as
// not done. The queue is in memory: what a process that is killed had not done yet is lost,
// and so told by nobody.
package sessions
