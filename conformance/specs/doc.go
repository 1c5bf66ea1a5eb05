// Package specs says what a deployment of Kratos, courier and webhook must keep,
// one file a topic, labelled with the IDs of REQUIREMENTS.md.
//
// The specs look from outside only: at Kratos' public API, at the phones of the
// mock, at the courier's HTTP answers, operator view and files. What they expect
// comes from the requirements, from bodies that real Kratos sent (testdata), and
// from Meta's documents, never from the code of the courier or of the mock.
//
// A file with specs is named for its topic and holds what only they use. What
// several topics use stands in files named for what they hold:
//
//   - deployment.go starts the parts; people.go, posting.go, phones.go, faults.go,
//     meta_reports.go, deliveries.go and degraded.go say what is done to them and
//     seen of them, as methods of deployment; times.go waits.
//   - promises.go has what must not happen until the end of the run, tries.go what
//     Meta was asked.
//   - payload.go has the messages of Kratos.
//   - tap.go stands between Kratos and the courier, stub_provider.go in place of
//     Meta or the SMS provider, and load.go posts much at a time.
//   - canaries.go, scan.go and sealed.go plant and find secrets.
//   - access.go notes what a spec needs of its target, record.go what happened;
//     list.go lists all specs.
//
// It is an ordinary package, so that go test and a program can both run it.
package specs
