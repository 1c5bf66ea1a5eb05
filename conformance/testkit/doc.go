// Package testkit starts the parts of a deployment as child processes and talks
// to them as the outside world does: Kratos and the courier over HTTP, the mock
// through its control client.
//
// Every part gets a directory of its own, a free port where none is asked for,
// and a log file whose tail is in the errors. Nothing here knows a test
// framework: every call returns an error, so that specs and the demo share it.
package testkit
