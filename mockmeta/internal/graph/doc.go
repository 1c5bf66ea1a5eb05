// Package graph is Meta's Graph API over HTTP. [API] has one table of routes, which
// is the index of all that is simulated, messages included.
//
// It reads a request, lets package meta decide whether Meta would take it, asks
// [world.World] to do it, and writes the answer as Meta does, or as a fault wants it.
package graph
