// Package selftest asks whether the suite judges rightly. It knows a courier that
// can be told to do one thing wrong, and for each such fault the requirements that
// have to fail, and no others.
package selftest
