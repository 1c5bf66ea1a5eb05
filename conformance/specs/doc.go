// Package specs says what a deployment of Kratos, courier and webhook must keep,
// one file a behaviour, labelled with the IDs of REQUIREMENTS.md.
//
// The specs look from outside only: at Kratos' public API, at the phones of the
// mock, at the courier's HTTP answers, operator view and files. What they expect
// comes from the requirements, from bodies that real Kratos sent (testdata), and
// from Meta's documents, never from the code of the courier or of the mock.
//
// It is an ordinary package, so that go test and a program can both run it.
package specs
