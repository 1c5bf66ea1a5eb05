// Package demo runs everything on one machine: real Ory Kratos, the courier, a
// mock of Meta with simulated phones, and a sign-in page. It makes one login by
// itself to show that they work together, and stops all of them when it ends.
package demo
