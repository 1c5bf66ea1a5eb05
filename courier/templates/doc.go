// Package templates keeps the authentication template at Meta as the configuration wants
// it: in every language the same content, of which Meta writes the words.
//
// What is to be done is a pure function of what is wanted and of what Meta has (Compare).
// Everything else reads, asks Meta for that, and waits for its review. A template of
// another name, and a language that is not wanted, are never touched.
package templates
