// Package runner runs specs in several processes. The parent plans, shows progress
// and collects; it never runs a spec. A child is the same program: it starts a
// deployment of its own, runs the specs of one shard, and says one line of JSON
// over a pipe for each that begins and ends. So a crash costs one spec, and what
// the lines hold, codes and numbers too, is never in a file.
package runner
