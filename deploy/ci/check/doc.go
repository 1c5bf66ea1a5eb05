// Package check holds the CI of this repository, and what it offers to the CI of others,
// against actionlint and the real courier-conformance. It is a module of its own, so that
// actionlint is not in the courier's go.mod.
package check
