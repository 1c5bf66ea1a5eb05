// Package storm measures what an outage of a provider does to a crowd: it starts
// the real courier and mockmeta, posts codes at a steady rate as Kratos does, lets
// Meta hang for everyone, and counts what each phone got and when.
//
// [Run] prints progress and returns [Figures]; `make storm` shows them. It judges
// nothing: what must hold is a spec in conformance/specs.
package storm
