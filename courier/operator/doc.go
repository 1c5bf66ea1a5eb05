// Package operator is the command line of those who run a courier: deliveries, limits
// and numbers. It asks the operator API (package admin) and knows nothing that the API
// does not say, so that it also works from another machine.
//
// The key comes from the environment, never from a flag: flags stand in the shell's
// history and in the list of processes. The same holds for a phone number that is given
// as an argument; without one it is read from standard input.
package operator
