// Package doctor holds a configuration against the world around it: what Meta, Kratos and
// this machine say, and what the configuration expects of them. It changes nothing there
// and sends no message.
//
// Each topic has one file with two halves: a read, which asks and keeps what was said as
// facts, and checks, which are functions of the configuration and those facts alone. What
// follows from a finding is not told as another one: with a token that Meta refuses,
// nothing more is asked there.
package doctor
